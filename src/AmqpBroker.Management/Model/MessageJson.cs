using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>Whether a queue took what was published.</summary>
internal sealed record RoutedJson(bool Routed);

/// <summary>A message that was taken from a queue.</summary>
internal sealed record MessageJson(
    long PayloadBytes,
    bool Redelivered,
    string Exchange,
    string RoutingKey,
    long MessageCount,
    PropertiesJson Properties,
    string Payload,
    string PayloadEncoding);

/// <summary>The properties of a message.</summary>
[JsonConverter(typeof(PropertiesConverter))]
internal sealed record PropertiesJson(IReadOnlyList<KeyValuePair<string, object?>> Values);
