using System.Globalization;
using System.Text.Json;

namespace AmqpBroker.Perf;

/// <summary>What a run measured. Rates are per second, times in the unit of their name.</summary>
internal sealed record Result
{
    public required string Name { get; init; }
    public required double Seconds { get; init; }
    public required long Published { get; init; }
    public required long Consumed { get; init; }
    public required long Confirmed { get; init; }
    public required long Refused { get; init; }
    public required Histogram Latency { get; init; }
    public required Histogram ConfirmLatency { get; init; }
    public required double OwnCpuSeconds { get; init; }
    public double? BrokerCpuSeconds { get; init; }
    public long? BrokerResidentBytes { get; init; }
    public long? BrokerPeakResidentBytes { get; init; }

    /// <summary>What CPU time is divided by: deliveries where there are consumers, else published messages.</summary>
    public long Messages => Consumed > 0 ? Consumed : Published;

    public double? BrokerCpuUs => BrokerCpuSeconds * 1e6 / Math.Max(Messages, 1);

    public double OwnCpuUs => OwnCpuSeconds * 1e6 / Math.Max(Messages, 1);

    public static string Heading =>
        "scenario                     published/s  consumed/s confirmed/s |  latency ms: p50     p99   p99.9     max | confirm p50     p99 | broker µs/msg  RSS MB | own µs/msg";

    public string Line() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name,-28} {Published / Seconds,11:N0} {Consumed / Seconds,11:N0} {Confirmed / Seconds,11:N0} | {Ms(Latency, 50),16} {Ms(Latency, 99),7} {Ms(Latency, 99.9),7} {Ms(Latency, 100),7} | {Ms(ConfirmLatency, 50),11} {Ms(ConfirmLatency, 99),7} | {Number(BrokerCpuUs, "F2"),13} {Number(BrokerResidentBytes / 1e6, "F0"),7} | {OwnCpuUs,10:F2}");

    public void WriteJson(string path)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteNumber("seconds", Seconds);
        json.WriteNumber("published", Published);
        json.WriteNumber("consumed", Consumed);
        json.WriteNumber("confirmed", Confirmed);
        json.WriteNumber("refused", Refused);
        json.WriteNumber("publishedPerSecond", Published / Seconds);
        json.WriteNumber("consumedPerSecond", Consumed / Seconds);
        json.WriteNumber("confirmedPerSecond", Confirmed / Seconds);
        WriteLatency(json, "latencyMs", Latency);
        WriteLatency(json, "confirmLatencyMs", ConfirmLatency);
        json.WriteNumber("ownCpuUsPerMessage", OwnCpuUs);
        if (BrokerCpuUs is double cpuUs)
        {
            json.WriteNumber("brokerCpuUsPerMessage", cpuUs);
            json.WriteNumber("brokerCpuSeconds", BrokerCpuSeconds!.Value);
            json.WriteNumber("brokerResidentBytes", BrokerResidentBytes!.Value);
            json.WriteNumber("brokerPeakResidentBytes", BrokerPeakResidentBytes!.Value);
        }
        json.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter json, string name, Histogram histogram)
    {
        if (histogram.Count == 0)
        {
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber("p50", histogram.PercentileNs(50) / 1e6);
        json.WriteNumber("p95", histogram.PercentileNs(95) / 1e6);
        json.WriteNumber("p99", histogram.PercentileNs(99) / 1e6);
        json.WriteNumber("p99.9", histogram.PercentileNs(99.9) / 1e6);
        json.WriteNumber("max", histogram.MaxNs / 1e6);
        json.WriteEndObject();
    }

    private static string Ms(Histogram histogram, double percent) =>
        histogram.Count == 0 ? "-" : Number(histogram.PercentileNs(percent) / 1e6, "F2");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
