namespace AmqpBroker.HistoryCheck;

/// <summary>
/// Judges what clients saw of a broker that crashed again and again. It knows nothing of how a broker works: only what clients
/// sent and were sent, in the order in which it happened, and these promises.
/// <list type="bullet">
/// <item>What is promised durable: a persistent message that is confirmed, in every durable queue it was sent to; a transaction
/// whose commit-ok came; a durable definition or its end, whose -ok came; and with each of these everything that the same channel
/// had asked for before, settlements and returns included. Nothing else need survive a crash, and all else may.</item>
/// <item>What one channel asked for survives a crash up to some place, and nothing behind that does; a transaction, a publish to several
/// queues, a death with its dead letter are one change. So nobody sees half of them (<see cref="Kinds.Torn"/>). In a history
/// that says <c>serial</c> all channels count as one: each request had taken effect before the next was sent.</item>
/// <item>What is durable, and was settled neither durably nor otherwise, is in its queue exactly once (<see cref="Kinds.Lost"/>,
/// <see cref="Kinds.Duplicate"/>): ready again if it was out. What was settled may come back once only if a crash (or the end of its
/// channel) may have cut the settlement off (<see cref="Kinds.Back"/>). Transient messages and what stands in transient queues end
/// with a crash.</item>
/// <item>A message whose time has run out, that was rejected, or that came back too often is in the queue that its queue names for
/// dead letters, and nowhere else; without one it is gone. Before its time it is not; after it, it is not delivered
/// (<see cref="Kinds.Late"/>). Time runs on while the broker is down, and deadlines are kept.</item>
/// <item>Messages leave a queue in the order in which they came; what comes back goes to its old place; a crash changes nothing
/// in that (<see cref="Kinds.Order"/>). The order of dead letters is not promised.</item>
/// <item>Returns and deaths are counted; after a crash those that are durable are (<see cref="Kinds.Count"/>). A crash itself
/// does not count as a return. Whatever may have been delivered before a crash may be marked redelivered or not, what certainly
/// came back is.</item>
/// </list>
/// What a crash left is not known until it is seen; what is seen of one thing narrows down what may have become of others.
/// </summary>
public sealed partial class Checker
{
    private const int TidyEvery = 512;

    private readonly List<Violation> _violations = [];
    private readonly Dictionary<string, Definition> _definitions = [];
    private readonly Dictionary<long, Message> _messages = [];
    private readonly Dictionary<(long Id, string Origin), Copy> _copies = [];
    private readonly List<Copy> _active = [];
    private readonly Dictionary<long, Delivery> _deliveries = [];
    private readonly HashSet<long> _numbers = [];
    private readonly Dictionary<long, Question> _questions = [];
    private readonly Dictionary<string, Transaction> _transactions = [];
    private readonly Dictionary<string, int> _durable = [];
    private bool _serial;
    private bool _up = true;
    private long _now;
    private int _life = 1;
    private int _line;
    private int _arrivals;

    private sealed class Transaction
    {
        internal List<Message> Publishes { get; } = [];

        internal List<Delivery> Settlements { get; } = [];
    }

    /// <summary>How often the broker crashed.</summary>
    public int Crashes { get; private set; }

    /// <summary>How many messages were sent.</summary>
    public int Messages => _messages.Count;

    /// <summary>How many deliveries there were.</summary>
    public int Deliveries { get; private set; }

    /// <summary>Reads a history to its end. Gives the broken promises in the order in which they show.</summary>
    /// <exception cref="HistoryFormatException">This is not a history.</exception>
    public IReadOnlyList<Violation> Check(TextReader history)
    {
        while (history.ReadLine() is { } text)
        {
            var line = new HistoryLine(++_line, text);
            if (_line == 1)
            {
                Begin(line);
            }
            else if (!line.IsEmpty)
            {
                Read(line);
            }

            if (_line % TidyEvery == 0)
            {
                Tidy();
            }
        }

        CheckOrder();
        return _line > 0 ? _violations : throw new HistoryFormatException(1, "There is nothing.");
    }

    private void Begin(HistoryLine line)
    {
        if (line.IsEmpty || line.What != "history" || line[1] != "1")
        {
            throw new HistoryFormatException(1, "A history begins with 'history 1'.");
        }

        _serial = line.Has("serial");
    }

    private void Read(HistoryLine line)
    {
        if (_departures.Count > 0 && !IsAnswer(line.What))
        {
            CheckOrder();
        }

        switch (line.What)
        {
            case "queue" or "exchange" or "binding":
                _definitions.TryAdd($"{line.What} {line[1]}", new Definition(line.What, line[1], line));
                break;
            case "at":
                _now = line.Id(1);
                Expire();
                break;
            case "ask":
                Ask(line);
                break;
            case "ok":
                Answer(line);
                break;
            case "there" or "missing":
                SeeDefinition(FindDefinition(line, line[1], line[2]), line.What == "there");
                break;
            case "publish":
                Publish(line);
                break;
            case "confirm" or "refuse":
                Confirm(line, line.What == "confirm");
                break;
            case "return":
                Return(line);
                break;
            case "deliver":
                Deliver(line);
                break;
            case "ack" or "requeue" or "reject":
                Settle(line);
                break;
            case "rollback":
                ForgetTransaction(line[1]);
                break;
            case "empty":
                SeeEmpty(FindDefinition(line, "queue", line[1]));
                break;
            case "end":
                EndChannel(line[1]);
                break;
            case "crash":
                Crash(mayLose: true);
                break;
            case "stop":
                Crash(mayLose: false);
                break;
            case "up":
                _up = true;
                Expire();
                break;
            case "quiet":
                ExpectAnswers();
                break;
            default:
                throw new HistoryFormatException(_line, $"'{line.What}' is no word of a history.");
        }
    }

    /// <summary>The name under which a channel's changes stand.</summary>
    private string OrderOf(string channel) => _serial ? "" : channel;

    private int DurableOf(string order) => _durable.GetValueOrDefault(order);

    private void PromiseDurable(string channel, int line) =>
        _durable[OrderOf(channel)] = Math.Max(DurableOf(OrderOf(channel)), line);

    private void Report(string kind, string text) => _violations.Add(new Violation(_line, kind, text));

    private Definition FindDefinition(HistoryLine line, string kind, string name) =>
        _definitions.GetValueOrDefault($"{kind} {name}")
        ?? throw new HistoryFormatException(line.Number, $"No line says what the {kind} {name} is.");

    private Definition Queue(string name) => _definitions[$"queue {name}"];

    /// <summary>What has ended for good is kept only to know it again.</summary>
    private void Tidy()
    {
        foreach (Copy copy in _active)
        {
            copy.Fate.Settle(c => c.At <= DurableOf(c.Channel));
        }

        _active.RemoveAll(c => c.Out is null && c.Fate.IsAtRest && c.Fate.IsCertainly(s => s.Place is null));
    }
}
