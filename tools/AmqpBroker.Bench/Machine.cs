using System.Globalization;

namespace AmqpBroker.Bench;

/// <summary>The machine that a report is about.</summary>
internal static class Machine
{
    /// <summary>Day, processor, memory and system, in a sentence.</summary>
    public static string Describe()
    {
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
        return string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores of {cpu}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F0} GB of memory, {Environment.OSVersion.VersionString}.");
    }
}
