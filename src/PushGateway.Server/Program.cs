using PushGateway.Server.Cli;

using var interruption = Interruption.OfProcess();
return await CommandLine.RunAsync(args, Terminal.OfProcess(interruption));
