namespace AmqpBroker.Storage;

/// <summary>What stands in a file of the journal is not what was written there.</summary>
/// <param name="message">What is wrong, and where.</param>
/// <param name="range">The damaged bytes, as far as they are known.</param>
public sealed class JournalDamageException(string message, QuarantinedRange range) : IOException(message)
{
    /// <summary>The damaged bytes: a batch, or what stands where one should begin.</summary>
    public QuarantinedRange Range => range;
}
