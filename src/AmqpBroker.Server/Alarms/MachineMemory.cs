using System.Globalization;

namespace AmqpBroker.Server.Alarms;

/// <summary>
/// The memory there is: the machine's, or on Linux that of the control group (container) the process is in, if that is less.
/// The runtime's own figure is not used: in a container it is the limit of the managed heap, three quarters of it.
/// </summary>
internal static class MachineMemory
{
    /// <summary>In bytes.</summary>
    public static long Read() => OperatingSystem.IsLinux() ? ReadLinux("/") : RuntimesFigure;

    /// <summary>As on Linux, from the files below <paramref name="root"/>.</summary>
    internal static long ReadLinux(string root)
    {
        long total = MachineTotal(Path.Combine(root, "proc/meminfo")) ?? RuntimesFigure;
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // "0::/path" (version 2), or "4:memory:/path" (version 1).
            string[] parts = line.Split(':', 3);
            if (parts is ["0", "", string path])
            {
                total = Math.Min(total, SmallestLimit(Path.Combine(root, "sys/fs/cgroup"), path, "memory.max"));
            }
            else if (parts is [_, string controllers, string pathOfMemory] && controllers.Split(',').Contains("memory"))
            {
                total = Math.Min(total, SmallestLimit(Path.Combine(root, "sys/fs/cgroup/memory"), pathOfMemory, "memory.limit_in_bytes"));
            }
        }

        return total;
    }

    private static long RuntimesFigure => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>A group is limited by those it is in as well. Inside a container the path may name what cannot be seen: then the top is ours.</summary>
    private static long SmallestLimit(string folder, string path, string file)
    {
        long smallest = long.MaxValue;
        string group = path.Trim('/');
        while (true)
        {
            foreach (string line in Lines(Path.Combine(folder, group, file)))
            {
                // "max" is no number, and no limit.
                if (long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long limit))
                {
                    smallest = Math.Min(smallest, limit);
                }
            }

            if (group.Length == 0)
            {
                return smallest;
            }

            group = group.Contains('/', StringComparison.Ordinal) ? group[..group.LastIndexOf('/')] : "";
        }
    }

    private static long? MachineTotal(string file)
    {
        const string Name = "MemTotal:";
        string? line = Lines(file).FirstOrDefault(static l => l.StartsWith(Name, StringComparison.Ordinal));
        return line is not null
            && long.TryParse(line[Name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024
            : null;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not for us to see: as if it were not there.
            return [];
        }
    }
}
