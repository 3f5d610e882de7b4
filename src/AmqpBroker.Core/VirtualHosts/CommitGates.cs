using AmqpBroker.Core.Sessions;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// What may be said only once the journal is durable up to a position: publisher confirms, and replies to what changed
/// something durable. In order of the positions; each turn's gates get their position when the turn's records are appended.
/// Lane only.
/// </summary>
internal sealed class CommitGates(IJournal journal, OutcomeLog log)
{
    private readonly Queue<Gate> _gates = new();
    private readonly List<Gate> _thisTurn = [];
    private readonly Queue<(long Position, TaskCompletionSource Durable)> _awaited = new();
    private readonly List<TaskCompletionSource> _awaitedThisTurn = [];
    private readonly List<ChannelSession> _confirming = [];
    private readonly List<ChannelSession> _acked = [];

    private readonly record struct Gate(long Position, ChannelSession Channel, ulong ConfirmUpTo, OutboundChunk? Reply);

    /// <summary>The channel has publishes of this turn to confirm.</summary>
    internal void Confirm(ChannelSession channel) => _confirming.Add(channel);

    /// <summary>A reply that waits for everything logged so far; later replies of the channel wait behind it.</summary>
    internal void Reply(ChannelSession channel, OutboundChunk reply) => _thisTurn.Add(new Gate(0, channel, 0, reply));

    /// <summary>Completes when everything logged so far is durable: for commands that no channel has asked for.</summary>
    internal void Await(TaskCompletionSource durable) => _awaitedThisTurn.Add(durable);

    /// <summary>The turn's records are appended: what waits for them gets their position, what need not wait is said.</summary>
    internal void EndTurn()
    {
        long position = log.AwaitedEnd;
        foreach (ChannelSession channel in _confirming)
        {
            (ulong upTo, bool awaits) = channel.TakeConfirms();
            if (awaits || channel.GatedConfirms > 0)
            {
                channel.GatedConfirms++;
                _gates.Enqueue(new Gate(position, channel, upTo, null));
            }
            else
            {
                channel.SendConfirm(upTo);
            }
        }

        _confirming.Clear();
        foreach (Gate gate in _thisTurn)
        {
            _gates.Enqueue(gate with { Position = position });
        }

        _thisTurn.Clear();
        foreach (TaskCompletionSource durable in _awaitedThisTurn)
        {
            _awaited.Enqueue((position, durable));
        }

        _awaitedThisTurn.Clear();
        Release();
    }

    /// <summary>Says what the durable position allows: one cumulative confirm for each channel.</summary>
    internal void Release()
    {
        long committed = journal.CommittedPosition;
        while (_gates.TryPeek(out Gate gate) && gate.Position <= committed)
        {
            _gates.Dequeue();
            if (gate.Reply is null)
            {
                gate.Channel.GatedConfirms--;
                if (gate.Channel.NoteConfirmed(gate.ConfirmUpTo))
                {
                    _acked.Add(gate.Channel);
                }
            }
            else
            {
                gate.Channel.SendGated(gate.Reply);
            }
        }

        while (_awaited.TryPeek(out (long Position, TaskCompletionSource Durable) awaited) && awaited.Position <= committed)
        {
            _awaited.Dequeue();
            awaited.Durable.TrySetResult();
        }

        foreach (ChannelSession channel in _acked)
        {
            channel.SendNotedConfirm();
        }

        _acked.Clear();
    }
}
