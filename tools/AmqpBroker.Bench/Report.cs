using System.Globalization;
using System.Text;

namespace AmqpBroker.Bench;

/// <summary>The figures of a bench: printed as they come, and written as a table of Markdown at the end.</summary>
internal sealed class Report
{
    private readonly StringBuilder _rows = new();

    /// <summary>Figures that had a goal.</summary>
    public int Goals { get; private set; }

    /// <summary>Those of them that missed it.</summary>
    public int Missed { get; private set; }

    /// <summary>A figure that nothing is asked of.</summary>
    public void Add(string what, double value, string unit) => Line(what, value, unit, "");

    /// <summary>A figure that is to be at most so much.</summary>
    public void AtMost(string what, double value, double goal, string unit) => Judge(what, value, unit, value <= goal, $"≤ {Text(goal)}");

    /// <summary>A figure that is to be at least so much.</summary>
    public void AtLeast(string what, double value, double goal, string unit) => Judge(what, value, unit, value >= goal, $"≥ {Text(goal)}");

    public void Write(string path, Setting setting)
    {
        File.WriteAllText(path, $"""
            # The store, measured

            {Machine.Describe()}
            Broker and load generator share the machine. Options of the broker: {(setting.Options.Count == 0 ? "none (durability fsync)" : string.Join(' ', setting.Options))}.

            | figure | value | goal |
            |---|--:|---|
            {_rows}
            """);
    }

    private void Judge(string what, double value, string unit, bool isMet, string goal)
    {
        Goals++;
        Missed += isMet ? 0 : 1;
        Line(what, value, unit, $"{goal} {unit}{(isMet ? "" : ", missed")}");
    }

    private void Line(string what, double value, string unit, string goal)
    {
        Console.WriteLine($"   {what,-74} {Text(value),14} {unit,-8} {goal}");
        _rows.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {Text(value)} {unit} | {goal} |");
    }

    private static string Text(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "N0" : Math.Abs(value) >= 10 ? "N1" : "N2", CultureInfo.InvariantCulture);
}
