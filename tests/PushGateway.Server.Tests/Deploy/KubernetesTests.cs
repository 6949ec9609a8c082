using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>The manifests, read by Kubernetes' own model of its objects, which refuses members that it does not know.</summary>
public sealed class KubernetesTests
{
    private static readonly Dictionary<string, object> s_objects = ReadAll();

    [Fact]
    public void Kustomization_Resources_AreTheFilesThatAreThere()
    {
        var kustomization = DeployFiles.Yaml("kubernetes/kustomization.yaml");

        var named = ((YamlSequenceNode)kustomization.At("resources")).Select(file => file.Text()).Order();
        Assert.Equal(
            Directory.GetFiles(Path.Combine(DeployFiles.Folder, "kubernetes"), "*.yaml").Select(file => Path.GetFileName(file)!).Where(name => name != "kustomization.yaml").Order(),
            named);
        Assert.True(File.Exists(Path.Combine(DeployFiles.Folder, "kubernetes", kustomization.At("configMapGenerator")[0].At("envs")[0].Text())));
        Assert.Equal(Container.Image, kustomization.At("images")[0].At("name").Text());
        Assert.Equal("pushgateway", kustomization.At("labels")[0].At("pairs", "app.kubernetes.io/name").Text());
    }

    [Fact]
    public void Pod_IsNotRootAndWritesOnlyWhereVolumesAre()
    {
        var pod = Deployment.Spec.Template.Spec;

        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal((1654, 1654, 1654), (pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup, pod.SecurityContext.FsGroup));
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.True(Container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.False(Container.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], Container.SecurityContext.Capabilities.Drop);
        Assert.Equal(["/data", "/tmp"], Container.VolumeMounts.Select(mount => mount.MountPath));
        Assert.Equal(pod.Volumes.Select(volume => volume.Name), Container.VolumeMounts.Select(mount => mount.Name));
        Assert.StartsWith("/data/", DeployFiles.Variables("kubernetes/settings.env")["PushGateway__DataProtection__KeysDirectory"], StringComparison.Ordinal);
        Assert.Equal("restricted", Of<V1Namespace>().Metadata.Labels["pod-security.kubernetes.io/enforce"]);
    }

    [Fact]
    public void Probes_TellAliveFromReadyAndLeaveTimeToMigrate()
    {
        Assert.Equal(("/healthz", "/healthz", "/readyz"), (Container.StartupProbe.HttpGet.Path, Container.LivenessProbe.HttpGet.Path, Container.ReadinessProbe.HttpGet.Path));
        var patience = TimeSpan.FromSeconds((double)(Container.StartupProbe.FailureThreshold! * Container.StartupProbe.PeriodSeconds!));
        Assert.True(patience >= TimeSpan.FromMinutes(30), $"{patience}");

        // The database's end is not the gateway's: it is not killed for it, only left without traffic.
        Assert.NotEqual(Container.LivenessProbe.HttpGet.Path, Container.ReadinessProbe.HttpGet.Path);
    }

    [Fact]
    public void Replicas_AllWorkAndAreReplacedOneByOne()
    {
        var scaler = Of<V2HorizontalPodAutoscaler>().Spec;

        Assert.Equal((Deployment.Kind, Deployment.Metadata.Name), (scaler.ScaleTargetRef.Kind, scaler.ScaleTargetRef.Name));
        Assert.Equal(2, scaler.MinReplicas);
        Assert.True(scaler.MaxReplicas > 2);
        Assert.Null(Deployment.Spec.Replicas);
        Assert.Equal("RollingUpdate", Deployment.Spec.Strategy.Type);
        Assert.Equal(("1", "0"), ((string)Deployment.Spec.Strategy.RollingUpdate.MaxSurge, (string)Deployment.Spec.Strategy.RollingUpdate.MaxUnavailable));

        // What one has encrypted the others have to read.
        Assert.Equal("ReadWriteMany", Assert.Single(Of<V1PersistentVolumeClaim>().Spec.AccessModes));
    }

    /// <summary>A page of the dashboard is a connection to one gateway, which is negotiated before it is opened.</summary>
    [Fact]
    public void Service_KeepsABrowserAtOneGateway() => Assert.Equal("ClientIP", Of<V1Service>().Spec.SessionAffinity);

    [Fact]
    public void DisruptionBudget_LetsOneGoAtATime()
    {
        var budget = Of<V1PodDisruptionBudget>().Spec;

        Assert.Equal("1", (string)budget.MaxUnavailable);
        Assert.Null(budget.MinAvailable);
        Assert.Equal("AlwaysAllow", budget.UnhealthyPodEvictionPolicy);
        Assert.Equal("pushgateway", budget.Selector.MatchLabels["app.kubernetes.io/name"]);
    }

    [Fact]
    public void Stop_LeavesTimeToBeForgottenAndToDrain()
    {
        var pod = Deployment.Spec.Template.Spec;

        var untilForgotten = Container.Lifecycle.PreStop.Sleep.Seconds;
        Assert.InRange(untilForgotten, Container.ReadinessProbe.PeriodSeconds!.Value, 30);
        Assert.True(pod.TerminationGracePeriodSeconds >= untilForgotten + 60);
    }

    [Fact]
    public void Names_LeadToWhatIsThere()
    {
        Assert.Contains(Container.Ports, port => port.Name == Of<V1Service>().Spec.Ports.Single().TargetPort && $"{port.ContainerPort}" == "8080");
        Assert.Equal(Of<V1PersistentVolumeClaim>().Metadata.Name, Deployment.Spec.Template.Spec.Volumes.Single(volume => volume.Name == "keys").PersistentVolumeClaim.ClaimName);
        Assert.Equal("pushgateway", Container.EnvFrom.Single(source => source.ConfigMapRef is not null).ConfigMapRef.Name);
        Assert.Equal("pushgateway", Container.EnvFrom.Single(source => source.SecretRef is not null).SecretRef.Name);
        Assert.Equal("http://+:8080", DeployFiles.Variables("kubernetes/settings.env")["ASPNETCORE_URLS"]);
        Assert.DoesNotContain("secrets.env.example", DeployFiles.Read("kubernetes/kustomization.yaml"), StringComparison.Ordinal);
    }

    private static V1Deployment Deployment => Of<V1Deployment>();

    private static V1Container Container => Assert.Single(Deployment.Spec.Template.Spec.Containers);

    private static T Of<T>() => s_objects.Values.OfType<T>().Single();

    private static Dictionary<string, object> ReadAll() => Directory.GetFiles(Path.Combine(DeployFiles.Folder, "kubernetes"), "*.yaml")
        .Where(file => !file.EndsWith("kustomization.yaml", StringComparison.Ordinal))
        .ToDictionary(file => Path.GetFileName(file)!, file => Assert.Single(KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true)));
}
