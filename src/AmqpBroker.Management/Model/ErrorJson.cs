namespace AmqpBroker.Management.Model;

/// <summary>What an answer says that is an error.</summary>
internal sealed record ErrorJson(string Error, string Reason);
