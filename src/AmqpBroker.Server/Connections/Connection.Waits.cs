using AmqpBroker.Core.Sessions;

namespace AmqpBroker.Server.Connections;

/// <content>What the reader waits for besides the next frame: that it can be woken, and who counts as alive meanwhile.</content>
internal sealed partial class Connection
{
    // Ends a wait that something else than its end has made pointless. Set by the reader, completed by others.
    private volatile TaskCompletionSource? _wake;

    // What the client had sent without being read, at the last look.
    private int _unreadBytes;

    /// <summary>
    /// The client asks for more than it reads: it is not read either, until it has taken enough of it. It may be slow for as
    /// long as it shows that it lives, by taking something or by sending something; what it can cost is bounded by now.
    /// </summary>
    private async ValueTask WaitUntilTakenAsync(Session session)
    {
        _received.Park();
        Volatile.Write(ref _unreadBytes, _transport.UnreadBytes);
        _timers.ReadingHeld = true;
        while (session.IsOverdrawn)
        {
            Task woken = AnyAsync();
            if (!session.IsOverdrawn || MustNotWait())
            {
                break;
            }

            await woken.ConfigureAwait(false);
        }

        _timers.Received();
        _timers.ReadingHeld = false;
    }

    /// <summary>Whether something came from a client that is not read at present, since this was asked last. The wheel's thread.</summary>
    internal bool HasSentUnread()
    {
        int unread = _transport.UnreadBytes;
        return Interlocked.Exchange(ref _unreadBytes, unread) != unread;
    }

    /// <summary>Completes with the first of these, or when the connection is to end.</summary>
    private Task AnyAsync(params Task[] tasks)
    {
        var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _wake = wake;
        // Who ends the connection says so first and looks for the wait afterwards: one of the two sees what the other did.
        Interlocked.MemoryBarrier();
        return MustNotWait() ? Task.CompletedTask : Task.WhenAny([wake.Task, .. tasks]);
    }

    /// <summary>Whether the connection is about to end, and frames that may follow do not count.</summary>
    private bool MustNotWait() => IsClosing || _aborted;

    /// <summary>The connection is to end: whatever it waits for. Any thread.</summary>
    private void Wake()
    {
        Interlocked.MemoryBarrier();
        _wake?.TrySetResult();
    }
}
