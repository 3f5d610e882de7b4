using System.Globalization;
using System.Text;

namespace AmqpBroker.Bench.Speed;

/// <summary>The medians of all rounds, as Markdown.</summary>
internal sealed class SpeedTable(IReadOnlyList<Contestant> contestants, IReadOnlyList<SpeedResult> results, int rounds, double seconds)
{
    private readonly IReadOnlyList<Contestant> _contestants = [.. contestants.Where(c => results.Any(r => r.Contestant == c))];
    private readonly StringBuilder _text = new();

    public IEnumerable<SpeedLoad> Loads => results.Select(r => r.Load).Distinct();

    public IReadOnlyList<Contestant> Contestants => _contestants;

    /// <summary>The median of a figure over the rounds, or null if the contestant did not take part.</summary>
    public double? Median(SpeedLoad load, Contestant contestant, Func<SpeedResult, double> figure) =>
        Middle(results.Where(r => r.Load == load && r.Contestant == contestant).Select(figure));

    public string Markdown()
    {
        _text.Clear();
        _text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Speed, measured

            {Machine.Describe()}
            Load generator and broker share the machine. Medians of {rounds} rounds of {seconds:N0} s in turn, each on a fresh process
            after {SpeedRounds.WarmupSeconds:N0} s of warming up; deliveries per second, and CPU time of the broker's process per delivery.

            """);
        foreach (Contestant contestant in _contestants)
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"- **{contestant.Name}**: {contestant.Mode}.");
        }

        Table("rates", Loads.Where(l => !l.IsLatency), (load, c) => Rate(load, c));
        Table("latencies, p50 / p99 in ms", Loads.Where(l => l.IsLatency), Latency);
        Process();
        return _text.ToString();
    }

    private void Table(string what, IEnumerable<SpeedLoad> loads, Func<SpeedLoad, Contestant, string> cell)
    {
        if (!loads.Any())
        {
            return;
        }
        _text.AppendLine().Append(CultureInfo.InvariantCulture, $"| {what} |").AppendJoin("", _contestants.Select(c => $" {c.Name} |")).AppendLine();
        _text.Append("|---|").AppendJoin("", _contestants.Select(_ => "--:|")).AppendLine();
        foreach (SpeedLoad load in loads)
        {
            _text.Append(CultureInfo.InvariantCulture, $"| {load.Title} |").AppendJoin("", _contestants.Select(c => $" {cell(load, c)} |")).AppendLine();
        }
    }

    private string Rate(SpeedLoad load, Contestant contestant)
    {
        if (Median(load, contestant, r => r.Rate) is not double rate)
        {
            return "";
        }
        string text = string.Create(CultureInfo.InvariantCulture, $"{rate:N0}/s, {Median(load, contestant, r => r.CpuUs):F2} µs");
        double? first = Median(load, _contestants[0], r => r.Rate);
        return contestant == _contestants[0] ? text : text + string.Create(CultureInfo.InvariantCulture, $" (× {first / rate:F2})");
    }

    private string Latency(SpeedLoad load, Contestant contestant) => Median(load, contestant, r => r.LatencyMs(50)) is not double middle
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{middle:F2} / {Median(load, contestant, r => r.LatencyMs(99)):F2}")
          + (load.Scenario.ConfirmWindow == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; confirm {Median(load, contestant, r => r.ConfirmMs(50)):F2} / {Median(load, contestant, r => r.ConfirmMs(99)):F2}"));

    private void Process()
    {
        _text.AppendLine().Append("| process |").AppendJoin("", _contestants.Select(c => $" {c.Name} |")).AppendLine();
        _text.Append("|---|").AppendJoin("", _contestants.Select(_ => "--:|")).AppendLine();
        Row("start to first open channel, ms", r => r.FirstConnectionMs);
        Row("memory then, MB", r => r.IdleMb);
    }

    private void Row(string title, Func<SpeedResult, double> figure) => _text
        .Append(CultureInfo.InvariantCulture, $"| {title} |")
        .AppendJoin("", _contestants.Select(c => string.Create(CultureInfo.InvariantCulture, $" {Middle(results.Where(r => r.Contestant == c).Select(figure)):N0} |")))
        .AppendLine();

    private static double? Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
