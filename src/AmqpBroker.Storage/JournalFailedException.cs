namespace AmqpBroker.Storage;

/// <summary>The journal has failed for good: a write or a sync was refused, so nothing more can be promised.</summary>
public sealed class JournalFailedException : IOException
{
    /// <summary>Creates it with what happened and the refusal that caused it.</summary>
    public JournalFailedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
