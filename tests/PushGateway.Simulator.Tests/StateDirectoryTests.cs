namespace PushGateway.Simulator.Tests;

public sealed class StateDirectoryTests
{
    [Fact]
    public async Task Simulator_RestartedOnItsFolder_HasTheSameCredentials()
    {
        var folder = Directory.CreateTempSubdirectory("simulator-");
        try
        {
            var options = new SimulatorOptions { StateDirectory = folder.FullName };
            string key, authority, account;
            await using (var first = await SimulatorFixture.StartAsync(options))
            {
                (key, authority, account) = (first.Simulator.ApnsPrivateKeyPem, first.Simulator.TrustedCertificatePem, first.Fcm.PrivateKey);
            }

            await using var second = await SimulatorFixture.StartAsync(options);

            Assert.Equal(key, second.Simulator.ApnsPrivateKeyPem);
            Assert.Equal(authority, second.Simulator.TrustedCertificatePem);
            Assert.Equal(account, second.Fcm.PrivateKey);
            Assert.Equal(200, (await second.Apns.PushAsync()).Code);
            Assert.Equal(200, (await second.Fcm.PushAsync()).Code);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.FullName, "apns-key.p8")));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
