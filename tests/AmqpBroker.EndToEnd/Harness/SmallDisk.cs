using System.Diagnostics;
using System.Globalization;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>
/// A small file system of the test's own, in memory, in a mount namespace that a process holds: no rights are needed where the
/// system lets users have namespaces. Brokers are started inside; what it holds outlives them.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Process _holder;
    private readonly string _folder;

    private SmallDisk(Process holder, string folder) => (_holder, _folder) = (holder, folder);

    /// <summary>Where the broker keeps its data, as the broker sees it.</summary>
    public string Data => Path.Combine(_folder, "data");

    /// <summary>The bytes that are free.</summary>
    public long FreeBytes => new DriveInfo(Seen("")).AvailableFreeSpace;

    /// <summary>Makes one; skips the test, and says why, where the system has none for it.</summary>
    public static async Task<SmallDisk> MountAsync(string folder, int mebibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux for a file system of its own");
        Directory.CreateDirectory(folder);
        ProcessStartInfo start = new("unshare", ["-rm", "sh", "-c", $"mount -t tmpfs -o size={mebibytes}m none \"$0\" && echo ready && exec sleep 600", folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process holder;
        try
        {
            holder = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Assert.Skip($"needs unshare for a file system of its own: {missing.Message}");
            throw;
        }

        if (await holder.StandardOutput.ReadLineAsync() != "ready")
        {
            string reason = await holder.StandardError.ReadToEndAsync();
            holder.Dispose();
            Assert.Skip($"the system lets nobody mount a file system of its own: {reason.Trim()}");
        }

        return new SmallDisk(holder, folder);
    }

    /// <summary>What starts a broker inside.</summary>
    public ProcessStartInfo Inside() => new("nsenter", ["-t", Id, "-U", "-m", "--preserve-credentials", Repository.BrokerBinary]);

    /// <summary>From now on nothing can be made in the data directory. What is open already stays open.</summary>
    public async Task MakeReadOnlyAsync()
    {
        // A mount of its own over itself: the one below has files open for writing and cannot be changed.
        await RunAsync("mount", "--bind", Data, Data);
        await RunAsync("mount", "-o", "remount,bind,ro", Data);
    }

    /// <summary>Takes that back.</summary>
    public Task MakeWritableAsync() => RunAsync("umount", Data);

    /// <summary>Leaves only so much free, in a file beside the data.</summary>
    public void FillUpTo(long freeBytes)
    {
        using FileStream ballast = new(Seen("ballast"), FileMode.Append);
        byte[] zeros = new byte[64 * 1024];
        while (FreeBytes - zeros.Length >= freeBytes)
        {
            ballast.Write(zeros);
            ballast.Flush();
        }
    }

    /// <summary>Takes that file away.</summary>
    public void RemoveBallast() => File.Delete(Seen("ballast"));

    public async ValueTask DisposeAsync()
    {
        _holder.Kill();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
    }

    private async Task RunAsync(params string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo("nsenter", ["-t", Id, "-U", "-m", "--preserve-credentials", .. command]))!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private string Id => _holder.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>A path of it as this process, which is outside, reaches it.</summary>
    private string Seen(string name) => $"/proc/{Id}/root{Path.Combine(_folder, name)}";
}
