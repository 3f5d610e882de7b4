using System.Text.Json.Serialization;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A policy.</summary>
internal sealed record PolicyJson(
    string Vhost,
    string Name,
    string Pattern,
    [property: JsonPropertyName("apply-to")] string ApplyTo,
    PlainTable Definition,
    double Priority)
{
    public static PolicyJson From(PolicyInfo policy) =>
        new(policy.VirtualHost, policy.Name, policy.Pattern, policy.ApplyTo, policy.Definition, policy.Priority);
}
