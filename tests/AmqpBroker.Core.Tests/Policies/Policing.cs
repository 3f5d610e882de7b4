using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Tests.Harness;
using Xunit;

namespace AmqpBroker.Core.Tests.Policies;

/// <summary>Short words for policies in tests.</summary>
internal static class Policing
{
    /// <summary>A definition: <c>("max-length", 5L)</c>.</summary>
    internal static IReadOnlyList<KeyValuePair<string, object?>> Definition(params (string Key, object? Value)[] entries) =>
        [.. entries.Select(static e => KeyValuePair.Create(e.Key, e.Value))];

    internal static PolicyRequest Request(string pattern, params (string Key, object? Value)[] definition) =>
        new(PolicyKind.User, "p", pattern, Definition(definition));

    internal static Policy Policy(
        string name, string pattern = ".*", PolicyKind kind = PolicyKind.User, object? priority = null, string target = "all",
        params (string Key, object? Value)[] definition) =>
        PolicyValidation.Check(new PolicyRequest(
            kind, name, pattern, Definition(definition.Length == 0 ? [("message-ttl", 1000L)] : definition))
        {
            Priority = priority ?? 0L,
            ApplyTo = target,
        });

    internal static Task<bool> PutAsync(
        this TestBroker broker, string name, string pattern, params (string Key, object? Value)[] definition) =>
        broker.PutAsync(new PolicyRequest(PolicyKind.User, name, pattern, Definition(definition)));

    internal static Task<bool> PutOperatorAsync(
        this TestBroker broker, string name, string pattern, params (string Key, object? Value)[] definition) =>
        broker.PutAsync(new PolicyRequest(PolicyKind.Operator, name, pattern, Definition(definition)));

    internal static Task<bool> PutAsync(this TestBroker broker, PolicyRequest request) =>
        broker.Runtime.Policies.PutAsync(request, TestContext.Current.CancellationToken);

    internal static Task<bool> DeleteAsync(this TestBroker broker, string name, PolicyKind kind = PolicyKind.User) =>
        broker.Runtime.Policies.DeleteAsync(kind, name, TestContext.Current.CancellationToken);
}
