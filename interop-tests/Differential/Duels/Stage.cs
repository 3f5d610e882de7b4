using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.Duels;

/// <summary>
/// One broker's side of a duel: connections and channels by number (1 and 2 on the first connection, 3 and 4 on the second),
/// opened when first used and again after their end; what is unacknowledged on each; what there is to be seen after a step.
/// For one thread.
/// </summary>
internal sealed class Stage : IDisposable
{
    private const int ChannelsPerConnection = 2;

    /// <summary>The channel that looks at the exclusive queues of its connection.</summary>
    private const int LookoutNumber = 9;

    private readonly Script _script;
    private readonly SortedDictionary<int, Actor> _actors = [];
    private readonly Dictionary<int, Peer> _peers = [];
    private readonly Dictionary<int, int> _opened = [];
    private readonly Dictionary<string, int> _owners = [];
    private readonly SortedSet<string> _queues = new(StringComparer.Ordinal);
    private readonly HashSet<string> _everQueues = [];
    private readonly HashSet<string> _everExchanges = [];
    private readonly Ch _lookout;
    private readonly Login? _login;
    private readonly List<string> _replyNames = [];

    /// <summary>Connects to a broker; <paramref name="ownHost"/>: to a virtual host that is made for it.</summary>
    public Stage(IBroker broker, string prefix, bool ownHost)
    {
        _script = new Script(broker, prefix);
        _login = ownHost ? _script.OwnHost() : null;
        _lookout = _script.Connect("lookout", login: _login).Channel();
    }

    /// <summary>The script, for steps that are no protocol steps.</summary>
    public Script Script => _script;

    /// <summary>How many steps have been taken.</summary>
    public int StepNumber { get; private set; }

    public Transcript Transcript => _script.Transcript;

    /// <summary>The scenario's own name.</summary>
    public string this[string name] => _script[name];

    /// <summary>The channel of a number, open unless it was closed since its last use: then the next word opens it.</summary>
    public Actor Channel(int number)
    {
        int connection = (number - 1) / ChannelsPerConnection;
        if (!_peers.TryGetValue(connection, out Peer? peer) || peer.IsClosed)
        {
            EndActors(connection);
            int times = _opened[connection] = _opened.GetValueOrDefault(connection) + 1;
            _peers[connection] = peer = _script.Connect($"connection {connection + 1}{(times > 1 ? $" ({times})" : "")}", login: _login);
        }

        if (!_actors.TryGetValue(number, out Actor? actor))
        {
            _actors[number] = actor = new Actor(peer[((number - 1) % ChannelsPerConnection) + 1].Open());
        }

        actor.ForgetIfClosed();
        return actor;
    }

    /// <summary>Takes a step and waits until its channel has done it.</summary>
    public void Take(Step step)
    {
        Transcript.Note($"---- {step.Code}");
        step.Act(this);
        foreach (Actor actor in _actors.Values.ToArray())
        {
            actor.SyncIfOpen();
        }

        StepNumber++;
    }

    /// <summary>Closes a connection, in order or not.</summary>
    public void EndConnection(int channel, bool inOrder)
    {
        Peer peer = Channel(channel).Ch.Peer;
        CancelBefore((channel - 1) / ChannelsPerConnection);
        if (inOrder)
        {
            peer.Close();
        }
        else
        {
            peer.Drop();
        }
    }

    /// <summary>Closes all connections but the one that looks on.</summary>
    public void EndAllConnections()
    {
        foreach ((int connection, Peer peer) in _peers)
        {
            CancelBefore(connection);
            peer.Close();
        }
    }

    /// <summary>Fetches all that a queue still holds.</summary>
    public void Drain(string queue)
    {
        while (_queues.Contains(queue) && _lookout.Get(queue, noAck: true) is not null)
        {
        }
    }

    /// <summary>From now on the queue is looked at after each step, until it is gone.</summary>
    public void NoteQueue(string queue, int? exclusiveTo)
    {
        if (queue.Length == 0)
        {
            return;
        }

        _queues.Add(queue);
        _everQueues.Add(queue);
        if (exclusiveTo is { } channel)
        {
            _owners[queue] = (channel - 1) / ChannelsPerConnection;
        }
    }

    /// <summary>Notes where the answer to a fetched message goes.</summary>
    public void NoteReplyName(Delivery got)
    {
        if (got.ReplyTo.Length > 0)
        {
            _replyNames.Add(got.ReplyTo);
        }
    }

    /// <summary>One of the names that answers go to, by number; null without any.</summary>
    public string? ReplyName(int number) => _replyNames.Count == 0 ? null : _replyNames[^((number % _replyNames.Count) + 1)];

    /// <summary>The exchange goes at the end.</summary>
    public void NoteExchange(string exchange) => _everExchanges.Add(exchange);

    /// <summary>Takes in what has come on all connections, without waiting.</summary>
    public void Receive()
    {
        foreach (Peer peer in _peers.Values)
        {
            peer.Drain();
        }

        foreach (Actor actor in _actors.Values)
        {
            actor.TakeDeliveries(StepNumber);
        }
    }

    /// <summary>What came on each channel since the last <see cref="EndStep"/>, as it can be compared.</summary>
    public string Heard() => Hearing.Print(Transcript.Fresh);

    /// <summary>The lengths and consumers of all queues.</summary>
    public string Seen() => string.Concat(_queues.Select(queue => $"{queue}: {Look(queue)}\n"));

    /// <summary>How many messages are ready in a queue; 0 without the queue.</summary>
    public int Ready(string queue) =>
        _queues.Contains(queue) && Look(queue).Split(' ') is [var count, "ready", ..] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 0;

    /// <summary>Closes the books on a step, given what was seen at its end.</summary>
    public void EndStep(string seen)
    {
        Transcript.EndFresh();
        foreach (string queue in seen.Split('\n').Where(l => l.EndsWith(": none", StringComparison.Ordinal)).Select(l => l[..^6]))
        {
            _queues.Remove(queue);
            _owners.Remove(queue);
        }
    }

    public void Dispose()
    {
        _lookout.Muted = true;
        foreach (string queue in _everQueues)
        {
            _lookout.Delete(queue);
        }

        foreach (string exchange in _everExchanges)
        {
            _lookout.DeleteExchange(exchange);
        }

        _script.Dispose();
    }

    private string Look(string queue)
    {
        Ch ch = _lookout;
        if (_owners.TryGetValue(queue, out int connection) && _peers.TryGetValue(connection, out Peer? peer) && !peer.IsClosed)
        {
            ch = peer[LookoutNumber];
        }

        return ch.Look(queue);
    }

    /// <summary>
    /// RabbitMQ ends the channels of a connection one after the other, and what one held may still go to a consumer of another
    /// (<c>spec/errata.md</c>): where there are several, consumers are cancelled first.
    /// </summary>
    private void CancelBefore(int connection)
    {
        Actor[] consuming = [.. ActorsOf(connection).Select(n => _actors[n]).Where(a => a.HasConsumers)];
        foreach (Actor actor in ActorsOf(connection).Count() > 1 ? consuming : [])
        {
            actor.CancelAll();
        }
    }

    private IEnumerable<int> ActorsOf(int connection) => _actors.Keys.Where(n => (n - 1) / ChannelsPerConnection == connection);

    private void EndActors(int connection)
    {
        foreach (int number in ActorsOf(connection).ToArray())
        {
            _actors.Remove(number);
        }
    }
}
