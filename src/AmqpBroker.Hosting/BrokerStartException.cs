namespace AmqpBroker.Hosting;

/// <summary>The broker cannot start; the message says why in one line.</summary>
public sealed class BrokerStartException : Exception
{
    /// <summary>A reason for the user, and what was thrown below.</summary>
    public BrokerStartException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
