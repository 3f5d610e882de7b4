using System.Globalization;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Server;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Model;

/// <summary>Makes figures with their rates out of readings, under RabbitMQ's names, with samples where a query wants them.</summary>
internal sealed class Statistics
{
    /// <summary>Samples of a figure in one answer, at most: each is a few dozen bytes for each figure.</summary>
    private const int MaxSamples = 200;

    private static readonly (string Name, Figure[] Figures)[] s_settled =
    [
        ("ack", [Figure.Ack]),
        ("deliver", [Figure.Deliver]),
        ("deliver_get", [Figure.Deliver, Figure.DeliverNoAck, Figure.Get, Figure.GetNoAck]),
        ("deliver_no_ack", [Figure.DeliverNoAck]),
        ("get", [Figure.Get]),
        ("get_empty", [Figure.GetEmpty]),
        ("get_no_ack", [Figure.GetNoAck]),
        ("publish", [Figure.Publish]),
        ("redeliver", [Figure.Redeliver]),
    ];

    private static readonly (string Name, Figure[] Figures)[] s_published =
    [
        ("confirm", [Figure.ConfirmOrOut]),
        ("drop_unroutable", [Figure.DropUnroutable]),
        ("return_unroutable", [Figure.ReturnUnroutable]),
    ];

    private readonly (long AgeMs, long StepMs)? _lengths;
    private readonly (long AgeMs, long StepMs)? _messages;
    private readonly (long AgeMs, long StepMs)? _data;

    private Statistics(IQueryCollection query)
    {
        _lengths = Range(query, "lengths");
        _messages = Range(query, "msg_rates");
        _data = Range(query, "data_rates");
    }

    /// <summary>Whether more is wanted than what figures are now.</summary>
    public bool WantsHistory => _lengths is not null || _messages is not null || _data is not null;

    /// <summary>What a request wants.</summary>
    public static Statistics Of(HttpContext http) => new(http.Request.Query);

    /// <summary>message_stats of a queue.</summary>
    public StatsJson? OfQueue(Reading? reading) => reading is null ? null : Stats(s_settled, [reading]);

    /// <summary>message_stats of an exchange.</summary>
    public StatsJson? OfExchange(Reading? reading) => reading is null
        ? null
        : Stats([("publish_in", [Figure.Publish]), ("publish_out", [Figure.ConfirmOrOut])], [reading]);

    /// <summary>message_stats of channels, virtual hosts, and of all.</summary>
    public StatsJson OfTraffic(params IReadOnlyList<Reading> readings) => Stats([.. s_settled, .. s_published], readings);

    /// <summary>What happened to queues and channels, and to connections.</summary>
    public static StatsJson Churn(IReadOnlyList<Reading> hosts, IReadOnlyList<Reading> connections) => new(
    [
        One("channel_closed", hosts, null, (int)Figure.ChannelClosed),
        One("channel_created", hosts, null, (int)Figure.ChannelCreated),
        One("connection_closed", connections, null, TrafficFigures.Closed),
        One("connection_created", connections, null, TrafficFigures.Opened),
        One("queue_created", hosts, null, (int)Figure.QueueCreated),
        One("queue_declared", hosts, null, (int)Figure.QueueDeclared),
        One("queue_deleted", hosts, null, (int)Figure.QueueDeleted),
    ]);

    /// <summary>How lengths of queues change: all messages, those that are ready, those that are unacknowledged.</summary>
    public (RateJson All, RateJson Ready, RateJson Unacked) Lengths(params IReadOnlyList<Reading> readings) => (
        Rate(readings, _lengths, (int)Figure.Ready, (int)Figure.Unacked),
        Rate(readings, _lengths, (int)Figure.Ready),
        Rate(readings, _lengths, (int)Figure.Unacked));

    /// <summary>How much is received or sent, in bytes.</summary>
    public (long Value, RateJson Rate) Data(Reading? reading, int figure) =>
        reading is null ? (0, RateJson.Zero) : (reading.Value(figure), Rate([reading], _data, figure));

    private static (long, long)? Range(IQueryCollection query, string name) =>
        Number(query, $"{name}_age") is { } age && Number(query, $"{name}_incr") is > 0 and { } step
            ? (Math.Min(age, step * MaxSamples) * 1000, step * 1000)
            : null;

    private static long? Number(IQueryCollection query, string name) =>
        int.TryParse(query[name], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private StatsJson Stats((string Name, Figure[] Figures)[] of, IReadOnlyList<Reading> readings) =>
        new([.. of.OrderBy(static f => f.Name, StringComparer.Ordinal).Select(f => One(f.Name, readings, _messages, [.. f.Figures.Cast<int>()]))]);

    private static (string, long, RateJson) One(
        string name, IReadOnlyList<Reading> readings, (long AgeMs, long StepMs)? history, params int[] figures) =>
        (name, readings.Sum(r => r.Value(figures)), Rate(readings, history, figures));

    private static RateJson Rate(IReadOnlyList<Reading> readings, (long AgeMs, long StepMs)? history, params int[] figures)
    {
        double rate = Math.Round(readings.Sum(r => r.Rate(figures)), 3);
        if (history is not { } range)
        {
            return rate == 0 ? RateJson.Zero : new RateJson(rate);
        }

        // Readings of one broker have their ticks at the same times.
        SampleJson[] samples =
        [
            .. readings.SelectMany(r => r.Samples(range.AgeMs, range.StepMs, figures))
                .GroupBy(static s => s.TimeMs)
                .Select(static g => new SampleJson(g.Sum(static s => s.Value), g.Key))
                .OrderByDescending(static s => s.Timestamp),
        ];
        double seconds = samples.Length > 1 ? (samples[0].Timestamp - samples[^1].Timestamp) / 1000.0 : 0;
        return new RateJson(rate)
        {
            Samples = samples,
            AvgRate = seconds > 0 ? (samples[0].Sample - samples[^1].Sample) / seconds : 0,
            Avg = samples.Length > 0 ? samples.Average(static s => s.Sample) : 0,
        };
    }
}
