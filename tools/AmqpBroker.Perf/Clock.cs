using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AmqpBroker.Perf;

/// <summary>Nanoseconds of the monotonic clock, and waits that are finer than the framework's milliseconds.</summary>
internal static partial class Clock
{
    private const short PollIn = 1;
    private const int PrSetTimerSlack = 29;

    public static long NowNs() => Stopwatch.Frequency == 1_000_000_000
        ? Stopwatch.GetTimestamp()
        : (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>Lets the kernel wake this thread as exactly as it can (Linux rounds by 50 µs otherwise).</summary>
    public static void AskForExactTimers()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = PrCtl(PrSetTimerSlack, 1, 0, 0, 0);
        }
    }

    /// <summary>Waits until the socket is readable, which gives true, or the time has come.</summary>
    public static bool WaitReadable(Connection connection, long untilNs)
    {
        long leftNs = untilNs - NowNs();
        if (leftNs <= 0)
        {
            return false;
        }
        if (!OperatingSystem.IsLinux())
        {
            Thread.Sleep(TimeSpan.FromMicroseconds(leftNs / 1000.0)); // waits because the next message is due only then
            return connection.IsReadable();
        }
        var poll = new PollFd { Descriptor = connection.Handle, Events = PollIn };
        var time = new TimeSpec { Seconds = (nint)(leftNs / 1_000_000_000), Nanoseconds = (nint)(leftNs % 1_000_000_000) };
        return PPoll(ref poll, 1, ref time, 0) > 0;
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int PPoll(ref PollFd descriptors, nuint count, ref TimeSpec timeout, nint signalMask);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int PrCtl(int option, nuint a, nuint b, nuint c, nuint d);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
