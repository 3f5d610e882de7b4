using System.Text.Json.Nodes;

namespace AmqpBroker.Management.Model;

/// <summary>What an answer says that is an error.</summary>
/// <param name="Error">Its kind.</param>
/// <param name="Reason">A text, or a list where RabbitMQ gives a term.</param>
internal sealed record ErrorJson(string Error, JsonNode Reason);
