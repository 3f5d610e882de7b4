using System.Text.Json;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A parameter of a component in a virtual host.</summary>
internal sealed record ParameterJson(JsonElement Value, string Vhost, string Component, string Name)
{
    public static ParameterJson From(ParameterInfo parameter) =>
        new(JsonElement.Parse(parameter.Json), parameter.VirtualHost, parameter.Component, parameter.Name);
}

/// <summary>What of a definitions file was left out, and why; all else was done.</summary>
internal sealed record ImportedJson(IReadOnlyList<string> Skipped);

/// <summary>A parameter of the whole server.</summary>
internal sealed record GlobalParameterJson(string Name, JsonElement Value)
{
    public static GlobalParameterJson From(GlobalParameterInfo parameter) => new(parameter.Name, JsonElement.Parse(parameter.Json));
}
