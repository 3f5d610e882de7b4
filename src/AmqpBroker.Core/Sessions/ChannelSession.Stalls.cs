using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// Commands whose messages are on the disk (basic.get, and a tx.commit that refuses some): they and what the channel sends after
/// them wait until the messages are there.
/// </summary>
public sealed partial class ChannelSession
{
    /// <summary>More commands than a client sends in the time of a read from the disk; beyond it, it sends without looking.</summary>
    private const int HeldCommands = 64 * 1024;

    private Queue<Command>? _held;
    private bool _holds;

    /// <summary>Runs what was held, in order; posted once for each stall.</summary>
    internal LaneWork Resumption(MessageQueue? queue) => new Resume(this, queue);

    /// <summary>Keeps the command for later, if the channel waits. True if it was kept.</summary>
    /// <exception cref="ConnectionException">506: the client sends more than is kept.</exception>
    internal bool Hold(in Command command)
    {
        if (!_holds || _ended)
        {
            return false;
        }

        _held ??= new Queue<Command>();
        if (_held.Count == HeldCommands)
        {
            throw new ConnectionException(ReplyCode.ResourceError, $"more than {HeldCommands} commands behind one that waits for the disk");
        }

        _held.Enqueue(command);
        return true;
    }

    /// <summary>The command under way is run again when the queue's head is in memory.</summary>
    private void Stall(MessageQueue queue)
    {
        _holds = true;
        queue.Stall(this);
    }

    /// <summary>The command under way is run again when the messages of these entries are in memory, those that can be read.</summary>
    private void Stall(List<QueueEntry> unloaded)
    {
        _holds = true;
        Host.Journal.ReadLater(new EntryRead(Host, unloaded, _ => Resumption(null).Execute()));
    }

    private void DiscardHeld()
    {
        _holds = false;
        while (_held is not null && _held.TryDequeue(out Command command))
        {
            command.Discard();
        }
    }

    private sealed class Resume(ChannelSession channel, MessageQueue? queue) : LaneWork
    {
        public override void Execute()
        {
            queue?.StallEnded();
            if (!channel._holds)
            {
                return;
            }

            channel._holds = false;
            if (channel._held is { } held)
            {
                // One that stalls again goes to the new queue, and those after it behind it.
                channel._held = null;
                Command[] commands = [.. held];
                channel._session.Run(commands);
            }
        }
    }
}
