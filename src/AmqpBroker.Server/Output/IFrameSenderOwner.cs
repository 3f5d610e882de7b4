namespace AmqpBroker.Server.Output;

/// <summary>Who hears how sending goes. Called by the thread that sends.</summary>
internal interface IFrameSenderOwner
{
    /// <summary>Chunks worth <paramref name="creditBytes"/> are with the carrier; <paramref name="queueEmpty"/>: there are no others.</summary>
    void Sent(long creditBytes, bool queueEmpty);

    /// <summary>The carrier failed: nothing can be sent any more. Called once per failed send.</summary>
    void SendFailed();

    /// <summary>A fault of this program while it sent: nothing can be sent any more. Called at most once.</summary>
    void SendCrashed(Exception exception);
}
