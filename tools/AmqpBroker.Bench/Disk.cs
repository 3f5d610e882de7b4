using System.Diagnostics;
using System.Globalization;

namespace AmqpBroker.Bench;

/// <summary>What a data directory takes on the disk.</summary>
internal static class Disk
{
    /// <summary>Space is given back in the background; so long it may take.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>Blocks in use, as <c>du</c> counts them.</summary>
    public static double UsedMb(string directory)
    {
        using Process du = Process.Start(new ProcessStartInfo("du", ["-s", "--block-size=1", directory]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string text = du.StandardOutput.ReadToEnd();
        _ = du.StandardError.ReadToEnd(); // files that went while it looked
        du.WaitForExit();
        return long.Parse(text.Split('\t')[0], CultureInfo.InvariantCulture) / 1e6;
    }

    /// <summary>Waits until no more than so much is in use; gives the seconds, or infinity when patience is over.</summary>
    public static double SecondsUntilAtMost(string directory, double mb)
    {
        long began = Stopwatch.GetTimestamp();
        while (UsedMb(directory) > mb)
        {
            if (Stopwatch.GetElapsedTime(began) > _patience)
            {
                return double.PositiveInfinity;
            }
            Thread.Sleep(100); // waits because nothing announces it
        }
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The most that is in use while something runs.</summary>
    public static double MostMb(string directory, Action action)
    {
        var running = Task.Run(action);
        double most = 0;
        do
        {
            most = Math.Max(most, UsedMb(directory));
        }
        while (!running.Wait(250)); // waits because nothing announces it
        return most;
    }

    /// <summary>What is in use once it is no more than so much, or patience is over.</summary>
    public static double SettledMb(string directory, double mb)
    {
        SecondsUntilAtMost(directory, mb);
        return UsedMb(directory);
    }
}
