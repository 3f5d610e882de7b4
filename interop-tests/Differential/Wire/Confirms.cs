using System.Globalization;

namespace AmqpBroker.Differential.Wire;

/// <summary>
/// The publisher confirms of one channel. Brokers may confirm in any order and several at once, so that what is compared is
/// which numbers were acked or nacked, and that a return comes before the confirm of its message.
/// </summary>
internal sealed class Confirms
{
    private readonly SortedSet<ulong> _outstanding = [];
    private readonly SortedDictionary<ulong, char> _unreported = [];
    private readonly Dictionary<string, ulong> _numbers = [];
    private ulong _published;

    /// <summary>Whether publishes are numbered.</summary>
    public bool IsOn { get; set; }

    public bool AllCame => _outstanding.Count == 0;

    /// <summary>A channel opened again numbers from the start, and not before it is told to.</summary>
    public void Reset()
    {
        IsOn = false;
        _outstanding.Clear();
        _numbers.Clear();
        _published = 0;
    }

    public void Published(string body)
    {
        if (IsOn)
        {
            _outstanding.Add(++_published);
            _numbers[body] = _published;
        }
    }

    /// <summary>Notes a basic.ack or basic.nack; gives a complaint about one that is not due.</summary>
    public string? Came(ReceivedMethod method)
    {
        char kind = method.Name == "basic.ack" ? '+' : '-';
        ulong tag = ulong.Parse(method["delivery-tag"], CultureInfo.InvariantCulture);
        bool multiple = method["multiple"] == "true";
        ulong[] covered = [.. _outstanding.Where(n => n == tag || (multiple && (n < tag || tag == 0)))];
        foreach (ulong number in covered)
        {
            _outstanding.Remove(number);
            _unreported[number] = kind;
        }

        return covered.Length > 0 && (covered[^1] == tag || tag == 0) ? null : $"{method} (not due)";
    }

    /// <summary>What is to be said of a return besides its text.</summary>
    public string AboutReturn(string body) =>
        IsOn && _numbers.TryGetValue(body, out ulong number) && !_outstanding.Contains(number) ? " | AFTER ITS CONFIRM" : "";

    /// <summary>What came since the last call; null if nothing.</summary>
    public string? Report()
    {
        string report = string.Join(' ', _unreported.Select(c => $"{c.Value}{c.Key}"));
        _unreported.Clear();
        return report.Length == 0 ? null : $"(confirms {report})";
    }

    /// <summary>What has not come; null if all has.</summary>
    public string? ReportOutstanding() => AllCame ? null : $"(never confirmed {string.Join(' ', _outstanding)})";
}
