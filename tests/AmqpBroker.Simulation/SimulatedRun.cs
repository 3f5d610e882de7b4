using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Simulation;

/// <summary>The broker did what no broker may do.</summary>
public sealed class ViolationException(string message) : Exception(message);

/// <summary>
/// One run: steps are carried out on a real virtual host and on a plain model, and after each everything that clients were
/// sent must be what the model allows. This part holds the state and what is common; the others the commands, what clients
/// see, and crashes.
/// </summary>
internal sealed partial class SimulatedRun : IDisposable
{
    private const int Clients = 3;
    private const int ChannelsPerClient = 2;

    private readonly TestClient[] _clients = new TestClient[Clients];
    private readonly ModelChannel?[] _channels = new ModelChannel?[Clients * ChannelsPerClient];
    private readonly List<ModelQueue> _incarnations = [];
    private readonly Dictionary<string, ModelQueue> _queues = [];
    private readonly HashSet<ModelQueue> _returned = [];
    private readonly HashSet<ModelQueue> _published = [];
    private TestBroker _broker;
    private long _nextOrder;
    private int _nextId;
    private int _nextConsumer;

    internal SimulatedRun(int seed, bool onDisk)
    {
        _broker = new TestBroker(
            onDisk ? new DiskStore(seed) : new MemoryStore(new MemoryJournal(manualStepping: true)), new ManualClock());
        Connect();
        DeclareMissing(OpenChannel(0, ChannelMode.Plain));
        Sync();
    }

    private long Position => _broker.Journal.NextPosition;

    private long Now => _broker.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private IEnumerable<ModelChannel> OpenChannels => _channels.OfType<ModelChannel>();

    internal void Execute(Step step)
    {
        Carry(step);
        EndReturns();
        Observe();
        if (_broker.Faults.Count > 0)
        {
            throw new ViolationException($"The virtual host failed: {_broker.Faults[0]}");
        }
    }

    /// <summary>What no step may leave behind.</summary>
    internal void Finish()
    {
        Sync();
        Observe();
        CompareState();
        if (_nextId % 2 == 0)
        {
            // Not after a crash: that counts what lives anew.
            CheckEverythingIsReleased();
            return;
        }

        Crash(calls: null);
        Observe();
        CompareState();
    }

    public void Dispose() => _broker.Dispose();

    private void Connect()
    {
        for (int i = 0; i < Clients; i++)
        {
            _clients[i] = _broker.Connect();
        }
    }

    private void Add(ModelQueue queue, int id, string exchange, string key, bool persistent)
    {
        queue.Add(new ModelMessage(
            id, exchange, key, _nextOrder++, persistent && queue.Kind.Durable, queue.Kind.TtlMs is { } ttl ? Now + ttl : null)
        {
            AddedAt = Position,
        });
        _published.Add(queue);
    }

    private void End(ModelQueue queue, ModelMessage message, bool deadLetter)
    {
        queue.End(message, Position);
        if (deadLetter && queue.Kind.DeadLetters is { } name && _queues.TryGetValue(name, out ModelQueue? target))
        {
            Add(target, message.Id, "", name, message.Stored);
        }
    }

    private void Return(Held held)
    {
        if (IsAlive(held.Queue))
        {
            held.Message.Ready = true;
            held.Message.Redelivered = true;
            _returned.Add(held.Queue);
        }
    }

    private void Settle(Held held, Settlement settlement)
    {
        switch (settlement)
        {
            case Settlement.Requeue:
                Return(held);
                break;
            case var _ when IsAlive(held.Queue):
                End(held.Queue, held.Message, deadLetter: settlement == Settlement.Reject);
                break;
        }
    }

    private bool IsAlive(ModelQueue queue) => _queues.TryGetValue(queue.Kind.Name, out ModelQueue? now) && now == queue;

    /// <summary>What came back is past its deadline or too much: it ends before consumers see it.</summary>
    private void EndReturns()
    {
        foreach (ModelQueue queue in _returned.OrderBy(q => Array.IndexOf(QueueKind.All, q.Kind)).ToArray())
        {
            Expire(queue);
            DropOverflow(queue);
        }

        _returned.Clear();
    }

    private void Expire(ModelQueue queue)
    {
        foreach (ModelMessage message in queue.Ready.Where(m => m.DeadlineMs <= Now).OrderBy(m => m.DeadlineMs).ThenBy(m => m.Order).ToArray())
        {
            End(queue, message, deadLetter: true);
        }
    }

    private void DropOverflow(ModelQueue queue)
    {
        while (queue.Kind.MaxLength is { } most && queue.Ready.Count() > most)
        {
            End(queue, queue.Ready.First(), deadLetter: true);
        }
    }

    private void Sync()
    {
        _broker.Sync();
        Observe();
        foreach (ModelChannel channel in OpenChannels)
        {
            if (channel.Unconfirmed.Count > 0 || channel.Expected.Count > 0)
            {
                throw new ViolationException(
                    $"All is durable, and channel {channel.Real.Session.Number} still waits for {channel.Unconfirmed.Count} confirms and {string.Join(", ", channel.Expected)}.");
            }
        }

        foreach (ModelQueue queue in _incarnations)
        {
            queue.ForgetEnded(_broker.Journal.CommittedPosition);
        }
    }

    /// <summary>The queues hold what the model's do, and a second core fed with the journal has the same durable state.</summary>
    private void CompareState()
    {
        Sync();
        foreach (ModelQueue queue in _queues.Values)
        {
            var real = new List<string>();
            if (_broker.Host.Queues.TryGetValue(ShortString.FromString(queue.Kind.Name), out Core.Queues.MessageQueue? found))
            {
                for (Core.Queues.QueueEntry? entry = found.Oldest; entry is not null; entry = entry.Newer)
                {
                    real.Add($"{System.Text.Encoding.UTF8.GetString(entry.Message.Body[0].Span)}{(entry.State == Core.Queues.EntryState.Ready ? "" : "u")}");
                }
            }

            string expected = string.Join(' ', queue.Messages.Select(m => $"{m.Id}{(m.Ready ? "" : "u")}"));
            if (expected != string.Join(' ', real))
            {
                throw new ViolationException($"Queue {queue.Kind.Name} holds [{string.Join(' ', real)}] and should hold [{expected}].");
            }
        }

        if (_broker.Host.Queues.Count != _queues.Count)
        {
            throw new ViolationException("A queue is there that should not be, or the other way round.");
        }

        if (DurableState.Hash(_broker.Host) != _broker.HashOfSecondCore())
        {
            throw new ViolationException("A second core fed with the journal has another durable state.");
        }
    }

    /// <summary>The machine loses its power and starts again; the model keeps what the journal kept.</summary>
    /// <param name="calls">On a disk, how many calls into a sync it happens; null for between two steps.</param>
    private void Crash(int? calls)
    {
        bool inSync = false;
        if (calls is { } number && _broker.Store is DiskStore disk)
        {
            inSync = true;
            disk.LosePowerWhileSyncing(number);
            _broker.RunScheduled();
            Observe();
        }

        long committed = _broker.Journal.CommittedPosition;
        TestBroker before = _broker;
        _broker = before.Restart();
        if (!inSync)
        {
            before.Dispose();
        }

        long durableTo = _broker.RecoveredTo;
        if (durableTo < committed)
        {
            throw new ViolationException($"The journal ends at {durableTo}, and was durable up to {committed}.");
        }

        Array.Clear(_channels);
        _queues.Clear();
        _incarnations.RemoveAll(q => !q.Kind.Durable || q.CreatedAt > durableTo || q.DeletedAt <= durableTo);
        foreach (ModelQueue queue in _incarnations)
        {
            queue.DeletedAt = ModelMessage.Never;
            queue.Crash(durableTo);
            _queues.Add(queue.Kind.Name, queue);
        }

        Connect();
        foreach (ModelQueue queue in _queues.Values.OrderBy(q => Array.IndexOf(QueueKind.All, q.Kind)).ToArray())
        {
            Expire(queue);
        }

        _published.Clear();
    }

    /// <summary>Without queues nothing lives in the journal: after the next checkpoints it holds what came since, and no more.</summary>
    private void CheckEverythingIsReleased()
    {
        const int Rounds = 10;
        for (int i = 0; i < Clients; i++)
        {
            CloseClient(i, SessionEnd.PeerGone);
            EndReturns();
            Observe();
        }

        ModelChannel channel = OpenChannel(0, ChannelMode.Plain);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (ModelQueue queue in _queues.Values.ToArray())
            {
                DeleteQueue(channel, queue);
            }

            Sync();
            DeclareMissing(channel);
            Sync();
        }

        if (_broker.Journal is MemoryJournal journal && journal.RetainedBytes > journal.BytesSinceCheckpoint)
        {
            throw new ViolationException($"The journal keeps {journal.RetainedBytes} bytes, and {journal.BytesSinceCheckpoint} came since the last checkpoint.");
        }
    }

    private static FieldTable Arguments(QueueKind kind) => Fields.Table(kind.Arguments);
}
