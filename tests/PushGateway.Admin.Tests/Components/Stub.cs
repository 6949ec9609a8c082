using System.Reflection;

namespace PushGateway.Admin.Tests.Components;

/// <summary>A port with a test's answers, by the name of what is asked.</summary>
public class Stub : DispatchProxy
{
    private Func<string, object?[], object?> _answer = (_, _) => null;

    public static T Of<T>(Func<string, object?[], object?> answer)
        where T : class
    {
        var stub = Create<T, Stub>();
        ((Stub)(object)stub)._answer = answer;
        return stub;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!.Name, args ?? []);
}
