using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Storage;

namespace AmqpBroker.Simulation;

/// <summary>The broker did what no broker may do.</summary>
public sealed class ViolationException(string message) : Exception(message);

/// <summary>
/// One run: steps are carried out on a real virtual host and on the model, and after each everything that clients were sent
/// must be what the model allows, and every queue must hold what the model's holds. This part holds the state and what is
/// common; the others the commands, what clients see, the comparison, and crashes.
/// </summary>
internal sealed partial class SimulatedRun : IDisposable
{
    private const int Clients = 3;
    private const int ChannelsPerClient = 2;

    private readonly Script _script;
    private readonly ModelBroker _model;
    private readonly ModelClient[] _clients = new ModelClient[Clients];
    private readonly ModelChannel?[] _channels = new ModelChannel?[Clients * ChannelsPerClient];
    private TestBroker _broker;
    private int _nextId;
    private int _nextConsumer;
    private bool _wasDown;

    internal SimulatedRun(Script script)
    {
        _script = script;
        _broker = new TestBroker(
            script.OnDisk ? new DiskStore(script.Seed) : new MemoryStore(new MemoryJournal(manualStepping: true)),
            new ManualClock(),
            OftenMoved.Limits(script.Budget));
        _model = new ModelBroker(() => _broker.Journal.NextPosition) { Committed = () => Committed, Awaited = () => _broker.Host.Log.AwaitedEnd, Now = Now };
        _model.Remember(Committed);
        Connect();
        DeclareMissing(OpenChannel(0, ChannelMode.Plain));
        EndStep();
        Sync();
    }

    private long Committed => _broker.Journal.CommittedPosition;

    private long Now => _broker.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    internal void Execute(Step step)
    {
        Carry(step);
        EndStep();
    }

    /// <summary>What no step may leave behind.</summary>
    internal void Finish()
    {
        Sync();
        CompareStores();
        if (!_wasDown)
        {
            // Not after a crash: that counts what lives anew.
            CheckEverythingIsReleased();
            return;
        }

        Crash(calls: null);
        EndStep();
        Sync();
        CompareStores();
    }

    public void Dispose() => _broker.Runtime.Dispose();

    private void Connect()
    {
        for (int i = 0; i < Clients; i++)
        {
            Connect(i);
        }
    }

    private void Connect(int number)
    {
        _clients[number] = new ModelClient(new SimulatedClient(_broker));
        _model.Clients.Add(_clients[number]);
    }

    private ModelChannel OpenChannel(int slot, ChannelMode mode)
    {
        ModelClient client = _clients[slot / ChannelsPerClient];
        var real = new ChannelSession(client.Real.Session, (ushort)(1 + (slot % ChannelsPerClient)));
        var channel = new ModelChannel(client, real, mode);
        _channels[slot] = channel;
        _model.Channels.Add(channel);
        client.Real.Run(b =>
        {
            b.OpenChannel(real);
            if (mode == ChannelMode.Confirms)
            {
                b.Method(real, new Protocol.ConfirmSelect(NoWait: true));
            }
            else if (mode == ChannelMode.Transactions)
            {
                b.Method(real, default(Protocol.TxSelect));
            }
        });
        channel.Expected.Enqueue(new ExpectedReply(default(Protocol.ChannelOpenOk)));
        if (mode == ChannelMode.Transactions)
        {
            channel.Expected.Enqueue(new ExpectedReply(default(Protocol.TxSelectOk)));
        }

        return channel;
    }

    /// <summary>The command ran for real: the model may look at what came of it.</summary>
    private void Run(ModelChannel channel, Action<CommandBatch> fill)
    {
        channel.Client.Real.Run(fill);
        Collect();
    }

    private void EndStep()
    {
        Collect();
        AcceptAll();
        _model.Drain();
        CheckConfirms();
        AcceptAll();
        _model.CheckQuiet();
        ForgetClosed();
        CompareQueues();
        _model.Remember(Committed);
        if (_broker.Faults.Count > 0)
        {
            throw new ViolationException($"The virtual host failed: {_broker.Faults[0]}");
        }
    }

    private void AcceptAll()
    {
        foreach (ModelChannel channel in _model.Channels)
        {
            _model.Accept(channel, Committed);
        }
    }

    /// <summary>A closed channel's number is free when the last answer came.</summary>
    private void ForgetClosed()
    {
        for (int i = 0; i < _channels.Length; i++)
        {
            if (_channels[i] is { Closing: true, Expected.Count: 0 } channel)
            {
                _model.Channels.Remove(channel);
                _channels[i] = null;
            }
        }
    }

    private void Advance(long milliseconds)
    {
        long end = Now + milliseconds;
        while (_model.NextDue is var due && due <= end)
        {
            _broker.Advance(Math.Max(0, due - Now));
            _model.Now = Now;
            Collect();
            _model.Tick();
            EndStep();
        }

        _broker.Advance(end - Now);
        _model.Now = Now;
    }
}
