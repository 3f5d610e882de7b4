using System.Globalization;

namespace AmqpBroker.Perf;

/// <summary>Reads what the broker's processes use, from /proc. Sums over several processes.</summary>
internal sealed class BrokerProcess(IReadOnlyList<int> pids)
{
    private const double TicksPerSecond = 100; // USER_HZ: the same on every Linux that .NET runs on

    public IReadOnlyList<int> Pids => pids;

    /// <summary>User and system time so far.</summary>
    public double CpuSeconds() => pids.Sum(pid =>
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // the name before may hold anything
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    });

    /// <summary>Resident memory now, in bytes.</summary>
    public long ResidentBytes() => pids.Sum(pid => StatusKiB(pid, "VmRSS:") * 1024);

    /// <summary>The most resident memory there ever was, in bytes.</summary>
    public long PeakResidentBytes() => pids.Sum(pid => StatusKiB(pid, "VmHWM:") * 1024);

    /// <summary>The process that listens on a port of this machine, found by its socket; null when there is none to see.</summary>
    public static int? ListeningOn(int port)
    {
        const string ListenState = "0A";
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        var inodes = new HashSet<string>();
        foreach (string table in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists))
        {
            foreach (string line in File.ReadLines(table).Skip(1))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[3] == ListenState)
                {
                    inodes.Add($"socket:[{fields[9]}]");
                }
            }
        }
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && Owns(directory, inodes))
            {
                return pid;
            }
        }
        return null;
    }

    private static bool Owns(string processDirectory, HashSet<string> inodes)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(processDirectory, "fd"))
                .Any(fd => new FileInfo(fd).LinkTarget is string target && inodes.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or another user's
        }
    }

    private static long StatusKiB(int pid, string key) => Number(File.ReadLines($"/proc/{pid}/status")
        .First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim());

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
