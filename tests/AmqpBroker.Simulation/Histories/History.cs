using System.Globalization;
using System.Text;

namespace AmqpBroker.Simulation.Histories;

/// <summary>What clients sent and were sent, in the lines that AmqpBroker.HistoryCheck reads (its README.md has the format).</summary>
/// <param name="serial">Each request takes effect at once and whole.</param>
internal sealed class History(bool serial)
{
    private readonly StringBuilder _lines = new(serial ? "history 1 serial\n" : "history 1\n");
    private long _deliveries;
    private int _questions;

    internal int Crashes { get; private set; }

    /// <summary>How often a queue was seen empty.</summary>
    internal int Empties { get; private set; }

    internal void Empty(string queue)
    {
        Empties++;
        Add($"empty {queue}");
    }

    internal void Add(string line) => _lines.Append(line).Append('\n');

    internal void At(long milliseconds) => Add(string.Create(CultureInfo.InvariantCulture, $"at {milliseconds}"));

    internal int Ask(string channel, string what)
    {
        Add($"ask {++_questions} {channel} {what}");
        return _questions;
    }

    internal long Deliver(string channel, string queue, string message)
    {
        Add($"deliver {++_deliveries} {channel} {queue} {message}");
        return _deliveries;
    }

    internal void Down(bool stopped)
    {
        Crashes += stopped ? 0 : 1;
        Add(stopped ? "stop" : "crash");
    }

    public override string ToString() => _lines.ToString();
}
