using Xunit.Sdk;
using Xunit.v3;

// Whole gateways and their providers: two runs at a time would only wait for one another, and a seed would play out less alike.
[assembly: Parallelization(Mode = ParallelMode.None)]
