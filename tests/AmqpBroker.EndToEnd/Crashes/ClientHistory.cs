using System.Globalization;
using System.Text;
using AmqpBroker.HistoryCheck;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// What the clients sent and were sent over all runs of a broker, in the lines that AmqpBroker.HistoryCheck reads: it judges
/// them by itself, knowing nothing of the ledger. Any thread; what comes for a run that is over is not written.
/// </summary>
internal sealed class ClientHistory
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _lines = new("history 1\n");
    private int _life = 1;
    private int _channels;
    private int _questions;
    private int _deliveries;
    private int _others;

    /// <summary>Describes the queues of which it will tell.</summary>
    public ClientHistory(IEnumerable<string> durableQueues)
    {
        foreach (string queue in durableQueues)
        {
            _lines.Append(CultureInfo.InvariantCulture, $"queue {queue} durable\n");
        }
    }

    /// <summary>A channel of this run of the broker.</summary>
    public ClientChannel Open()
    {
        lock (_gate)
        {
            return new ClientChannel(this, $"c{++_channels}", _life);
        }
    }

    /// <summary>The broker was killed; nothing that its clients do from here on is of any meaning.</summary>
    public void Crash() => Down("crash");

    /// <summary>It serves again.</summary>
    public void Up() => Write(_life, "up");

    /// <summary>What it broke, if anything.</summary>
    public IReadOnlyList<Violation> Judge()
    {
        lock (_gate)
        {
            return new Checker().Check(new StringReader(_lines.ToString()));
        }
    }

    /// <summary>For who wants to look at it.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            return _lines.ToString();
        }
    }

    internal void Write(int life, string line)
    {
        lock (_gate)
        {
            if (life == _life)
            {
                _lines.Append(line).Append('\n');
            }
        }
    }

    internal int NextQuestion() => Interlocked.Increment(ref _questions);

    internal int NextDelivery() => Interlocked.Increment(ref _deliveries);

    /// <summary>A number for a message without a name; below those of <see cref="ClientChannel.NumberOf"/>.</summary>
    internal int NextOther() => Interlocked.Increment(ref _others);

    private void Down(string how)
    {
        lock (_gate)
        {
            _lines.Append(how).Append('\n');
            _life++;
        }
    }
}
