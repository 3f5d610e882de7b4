namespace AmqpBroker.Storage;

/// <summary>What stands in a file of the journal is not what was written there.</summary>
public sealed class JournalDamageException(string message) : IOException(message);
