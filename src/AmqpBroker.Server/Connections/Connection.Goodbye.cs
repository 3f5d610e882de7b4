using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <content>The last words to a client whose close went through.</content>
internal sealed partial class Connection
{
    private const string NotTaken = "the last frames were not taken";

    // Only what is queued is still to be sent: a client that takes some of it in time may have the rest.
    private volatile bool _sayingGoodbye;

    /// <summary>
    /// Sends the rest, then waits until the client has closed too: a socket closed with unread bytes in it, or to which some
    /// still come, may take back what the client has not read yet.
    /// </summary>
    private async Task SayGoodbyeAsync()
    {
        _timers.StartDeadline(_options.CloseTimeoutMs, NotTaken);
        _sayingGoodbye = true;
        if (_clientClosed && _closedByCore)
        {
            // Both sides closed at the same time: the core's session was gone already, so the answer is ours to give.
            Send(0, default(ConnectionCloseOk));
        }

        await _sender.WhenSentAsync().ConfigureAwait(false);
        _sayingGoodbye = false;
        _transport.ShutdownSend();
        // What a slow client has not read may still be with the kernel, which takes megabytes.
        _timers.StartDeadline(_session is null ? _options.RefusalDelayMs : _options.CloseTimeoutMs, null);
        do
        {
            _received.Consume(_received.Unread.Length);
        }
        while (await ReceiveAsync().ConfigureAwait(false) > 0);
    }
}
