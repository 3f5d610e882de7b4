using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;

namespace AmqpBroker.Simulation.Histories;

/// <summary>
/// Random traffic on a virtual host whose simulated disk loses, tears and refuses, with crashes at any write or sync, and the
/// history of what the clients saw. All chance comes from the seed. What the history shows is for others to judge; this part
/// holds the broker and its crashes, the other what clients do.
/// </summary>
internal sealed partial class HistoryRun : IDisposable
{
    private const int Steps = 160;
    private const int MostGroups = 1000;

    /// <summary>Every fourth run has memory for few messages.</summary>
    private const int ColdEvery = 4;
    private const int ColdBudget = 2500;

    /// <summary>Which client a channel belongs to, and what it is for.</summary>
    private static readonly (int Client, ChannelMode Mode)[] Slots =
        [(0, ChannelMode.Confirms), (0, ChannelMode.Transactions), (1, ChannelMode.Confirms), (1, ChannelMode.Plain)];

    private readonly Random _random;
    private readonly Mutant _mutant;
    private readonly HistoryClient[] _clients = new HistoryClient[2];
    private readonly HistoryChannel?[] _channels = new HistoryChannel?[Slots.Length];
    private readonly HashSet<string> _there = [];
    private TestBroker _broker;
    private int _nextChannel;
    private int _nextId;
    private int _nextConsumer;

    internal HistoryRun(int seed, Mutant mutant)
    {
        _random = new Random(seed);
        _mutant = mutant;
        bool cold = seed % ColdEvery == 1;
        _broker = new TestBroker(new HistoryStore(seed, mutant), new ManualClock(), OftenMoved.Limits(cold ? ColdBudget : null));

        // What a request asks of messages that are not in memory is done when they are: not in one batch of the journal.
        History = new History(serial: !cold);
        foreach (HistoryQueue queue in HistoryTopology.Queues)
        {
            History.Add($"queue {queue.Name} {queue.Description}");
        }

        foreach (string exchange in HistoryTopology.Exchanges.Append(HistoryTopology.Fanout))
        {
            History.Add($"exchange {exchange} durable");
        }

        History.At(Now);
        Connect();
        DeclareFirst();
    }

    internal History History { get; }

    private HistoryStore Store => (HistoryStore)_broker.Store;

    private long Now => _broker.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Runs to the end.</summary>
    internal void Execute()
    {
        for (int i = 0; i < Steps; i++)
        {
            Step();
        }

        Sync();
        if (Chance(60))
        {
            Crash(null);
        }

        Sync();
        DrainAll();
    }

    public void Dispose() => _broker.Runtime.Dispose();

    private bool Chance(int percent) => _random.Next(100) < percent;

    private void Connect()
    {
        for (int i = 0; i < _clients.Length; i++)
        {
            _clients[i] = new HistoryClient(_broker, History);
        }
    }

    private HistoryChannel Channel(int slot)
    {
        if (_channels[slot] is { Ended: false } open)
        {
            return open;
        }

        return _channels[slot] = OpenChannel(_clients[Slots[slot].Client], Slots[slot].Mode);
    }

    private HistoryChannel OpenChannel(HistoryClient client, ChannelMode mode)
    {
        // A number is not used again: an answer for the channel that had it before may still come.
        var channel = new HistoryChannel(client, new ChannelSession(client.Session, ++client.LastChannel), $"c{_nextChannel++}", mode);
        client.Channels[client.LastChannel] = channel;
        client.Run(b =>
        {
            b.OpenChannel(channel.Session);
            if (mode == ChannelMode.Confirms)
            {
                b.Method(channel.Session, new ConfirmSelect(NoWait: true));
            }
            else if (mode == ChannelMode.Transactions)
            {
                b.Method(channel.Session, default(TxSelect));
            }
        });
        return channel;
    }

    /// <summary>A request that is answered by an -ok.</summary>
    private void Ask<T>(HistoryChannel channel, string what, T method)
        where T : struct, IMethod<T>
    {
        channel.Questions.Enqueue(History.Ask(channel.Name, what));
        channel.Client.Run(b => b.Method(channel.Session, method));
    }

    private void DeclareFirst()
    {
        HistoryChannel channel = Channel(0);
        foreach (HistoryQueue queue in HistoryTopology.Queues.Where(q => !q.Comes))
        {
            Declare(channel, queue);
        }

        Ask(channel, $"declare exchange {HistoryTopology.Fanout}", new ExchangeDeclare(
            Text.Name(HistoryTopology.Fanout), Text.Name("fanout"), false, Durable: true, false, false, false, FieldTable.Empty));
        foreach (string name in HistoryTopology.BoundToFanout)
        {
            History.Add($"binding fan-{name} durable");
            Ask(channel, $"declare binding fan-{name}", new QueueBind(Text.Name(name), Text.Name(HistoryTopology.Fanout), Text.Name(""), false, FieldTable.Empty));
        }

        Sync();
    }

    private void Declare(HistoryChannel channel, HistoryQueue queue)
    {
        _there.Add(queue.Name);
        Ask(channel, $"declare queue {queue.Name}", new QueueDeclare(
            Text.Name(queue.Name), false, queue.Durable, false, false, false, Fields.Table(queue.Arguments)));
    }

    /// <summary>All becomes durable: by now every answer must have come.</summary>
    private void Sync()
    {
        Store.GiveRoom();
        if (SyncGroups())
        {
            History.Add("quiet");
        }
        else
        {
            Crash(null);
        }
    }

    /// <summary>False if the disk has failed.</summary>
    private bool SyncGroups()
    {
        for (int groups = 0; groups < MostGroups && Store.RunOneGroup(); groups++)
        {
            _broker.RunScheduled();
            if (_broker.Faults.Count > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="calls">How many calls into a sync the power goes; null for now.</param>
    private void Crash(int? calls)
    {
        if (calls is { } number)
        {
            Store.FaultAfter(number, SimulatedFault.PowerLoss);
            SyncGroups();
        }

        Store.IsKilled = calls is null && _broker.Faults.Count == 0 && Chance(25);
        Store.StartFailsAfter = Chance(20) ? _random.Next(12) : null;
        TestBroker before = _broker;
        ComeBack(stopped: false, () => before.Restart(DownMs()));
        before.Runtime.Dispose();
    }

    private void Stop()
    {
        Sync();
        TestBroker before = _broker;
        ComeBack(stopped: true, () => before.StopAndStart(DownMs()));
    }

    private long DownMs() => Chance(70) ? 0 : HistoryTopology.StepMs * _random.Next(1, 10);

    private void ComeBack(bool stopped, Func<TestBroker> start)
    {
        History.Down(stopped);
        foreach (HistoryClient client in _clients)
        {
            client.IsGone = true;
        }

        _broker = start();
        if (!_mutant.IsOne && _broker.Lost.Count > 0)
        {
            throw new ViolationException($"The start lost something: {_broker.Lost[0]}");
        }

        History.At(Now);
        History.Add("up");
        Array.Clear(_channels);
        Connect();
        Look();
        foreach (HistoryQueue queue in HistoryTopology.Queues.Where(q => !q.Comes && !_there.Contains(q.Name)))
        {
            Declare(Channel(0), queue);
        }
    }

    /// <summary>Which definitions are there?</summary>
    private void Look()
    {
        _there.Clear();
        foreach (HistoryQueue queue in HistoryTopology.Queues)
        {
            Look("queue", queue.Name, new QueueDeclare(Text.Name(queue.Name), Passive: true, false, false, false, false, FieldTable.Empty));
        }

        foreach (string exchange in HistoryTopology.Exchanges.Append(HistoryTopology.Fanout))
        {
            Look("exchange", exchange, new ExchangeDeclare(
                Text.Name(exchange), Text.Name("fanout"), Passive: true, false, false, false, false, FieldTable.Empty));
        }
    }

    private void Look<T>(string kind, string name, T method)
        where T : struct, IMethod<T>
    {
        var client = new HistoryClient(_broker, History);
        HistoryChannel channel = OpenChannel(client, ChannelMode.Plain);
        client.OnLook = there =>
        {
            History.Add($"{(there ? "there" : "missing")} {kind} {name}");
            if (there)
            {
                _there.Add(kind == "queue" ? name : $"exchange {name}");
            }
        };
        client.Run(b => b.Method(channel.Session, method));
        client.Run(b => b.CloseSession(SessionEnd.PeerGone));
    }

    /// <summary>At the end everything that is left is taken, queue by queue.</summary>
    private void DrainAll()
    {
        for (int i = 0; i < _clients.Length; i++)
        {
            Drop(i);
        }

        HistoryChannel channel = Channel(3);
        foreach (HistoryQueue queue in HistoryTopology.Queues.Where(q => _there.Contains(q.Name)))
        {
            for (int empties = History.Empties; empties == History.Empties && !channel.Ended;)
            {
                Get(channel, queue.Name, noAck: true);
            }
        }
    }
}
