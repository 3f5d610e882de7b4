using System.Text.Json.Serialization;

namespace AmqpBroker.Control;

/// <summary>JSON of the control socket, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ControlStatus))]
[JsonSerializable(typeof(ControlError))]
[JsonSerializable(typeof(IReadOnlyList<JournalListing>))]
internal sealed partial class ControlJson : JsonSerializerContext;
