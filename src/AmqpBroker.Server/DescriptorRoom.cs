using System.Globalization;

namespace AmqpBroker.Server;

/// <summary>
/// Room for clients' sockets below the number of files that the process may have open. What is kept free is for the files of
/// the journals and for the runtime, which ends the process when it lacks one. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // nobody asks the semaphore for a wait handle, so that it holds nothing to dispose of
internal sealed class DescriptorRoom
#pragma warning restore CA1001
{
    /// <summary>Kept free for segments, checkpoints and what the runtime opens later; half of what is free where that is less.</summary>
    private const int Reserved = 256;

    private const string OpenFiles = "/proc/self/fd";

    private readonly SemaphoreSlim _room;

    private DescriptorRoom(int limit, int open)
    {
        int free = Math.Max(limit - open, 2);
        Limit = limit;
        _room = new SemaphoreSlim(Math.Max(free - Reserved, free / 2));
    }

    /// <summary>Files that the process may have open.</summary>
    public int Limit { get; }

    /// <summary>The next client has to wait until another goes.</summary>
    public bool IsFull => _room.CurrentCount == 0;

    /// <summary>What this process has left, to be asked for once it serves.</summary>
    public static DescriptorRoom OfProcess() => new(ReadLimit(), Directory.Exists(OpenFiles) ? Directory.GetFileSystemEntries(OpenFiles).Length : 0);

    /// <summary>Takes a place, or waits for one.</summary>
    public Task TakeAsync(CancellationToken cancellation) => _room.WaitAsync(cancellation);

    /// <summary>Gives a place back.</summary>
    public void GiveBack() => _room.Release();

    private static int ReadLimit()
    {
        const string Name = "Max open files";
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/limits"))
        {
            return int.MaxValue;
        }

        string line = File.ReadLines("/proc/self/limits").FirstOrDefault(static l => l.StartsWith(Name, StringComparison.Ordinal)) ?? Name;
        string soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
    }
}
