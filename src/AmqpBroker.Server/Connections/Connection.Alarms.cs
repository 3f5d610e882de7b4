using AmqpBroker.Protocol;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Server.Connections;

/// <content>What a shortage of memory or disk space does to a connection that publishes: it is not read any more.</content>
internal sealed partial class Connection
{
    private readonly ResourceAlarms _alarms;

    // A content's frame came while something was short: the next frame is not looked at before all is clear.
    private bool _mustBlock;

    // connection.blocked has been sent, or would have been to a client that takes it. Written by the reader.
    private volatile bool _blocked;

    /// <summary>A frame of a content came. RabbitMQ, too, blocks behind such frames and not behind basic.publish.</summary>
    private void NoteContent()
    {
        if (_alarms.Active != Shortages.None)
        {
            _mustBlock = true;
        }
    }

    /// <summary>Waits until nothing is short any more, or the connection is to end.</summary>
    private async ValueTask WaitUntilClearAsync()
    {
        _received.Park();
        _timers.ReadingPaused = true;
        while (!MustNotWait())
        {
            Task change = _alarms.NextChange();
            Shortages active = _alarms.Active;
            if (active == Shortages.None)
            {
                break;
            }

            TellBlocked(active);
            await AnyAsync(change).ConfigureAwait(false);
        }

        _mustBlock = false;
        TellUnblocked();
        _timers.Received();
        _timers.ReadingPaused = false;
    }

    /// <summary>
    /// Posts the batch when there is room for what it publishes, or the connection is to end. A disk that is only slow is
    /// nothing to speak of; one that is full is an alarm, which the client is told.
    /// </summary>
    private async ValueTask PostWithRoomAsync(ValueTask room, BatchPipe batches)
    {
        Task hasRoom = room.AsTask();
        while (!hasRoom.IsCompleted && !MustNotWait())
        {
            Task change = _alarms.NextChange();
            if (batches.Current.Publishes && _alarms.Active is not Shortages.None and Shortages active)
            {
                TellBlocked(active);
                _mustBlock = true;
            }

            await AnyAsync(hasRoom, change).ConfigureAwait(false);
        }

        await batches.PostAsync().ConfigureAwait(false);
    }

    private void TellBlocked(Shortages active)
    {
        if (_blocked)
        {
            return;
        }

        _blocked = true;
        if (TakesBlocked)
        {
            Send(0, new ConnectionBlocked(ShortString.FromString(Describe(active))));
        }
    }

    private void TellUnblocked()
    {
        if (!_blocked)
        {
            return;
        }

        _blocked = false;
        if (TakesBlocked && !MustNotWait())
        {
            Send(0, default(ConnectionUnblocked));
        }
    }

    private bool TakesBlocked => new ClientCapabilities(_clientProperties).ConnectionBlocked;

    private static string Describe(Shortages active) => active switch
    {
        Shortages.Memory => "low on memory",
        Shortages.Disk => "low on disk",
        _ => "low on disk & memory",
    };
}
