namespace AmqpBroker.Hosting.Configuration;

/// <summary>A value that cannot be; the message says it in one line.</summary>
internal sealed class SettingException(string message) : Exception(message);
