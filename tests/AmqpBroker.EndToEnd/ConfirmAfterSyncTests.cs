using System.Diagnostics;
using System.Text;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd;

/// <summary>
/// Watches the broker's system calls: between the write of a message to the journal and the send of its confirm there is a
/// whole fdatasync of that file, begun after the write had ended.
/// </summary>
public sealed class ConfirmAfterSyncTests : IDisposable
{
    private const int TimeoutMs = 180_000;
    private const int Messages = 40;
    private const string Calls = "trace=fdatasync,fsync,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,sendmmsg";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TimeoutMs)]
    public async Task a_confirm_is_sent_after_the_fdatasync_of_its_message()
    {
        foreach ((int message, SystemCall write, SystemCall? sync, SystemCall confirm) in await TraceAsync("fsync"))
        {
            Assert.True(
                sync is { Succeeded: true },
                $"Message {message}: written in line {write.Ended}, confirmed in line {confirm.Began}, and no fdatasync between.");
        }
    }

    /// <summary>What <c>--durability os</c> promises, and that the other test could fail.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task in_mode_os_a_confirm_is_sent_after_the_write_and_waits_for_no_fdatasync()
    {
        var traced = await TraceAsync("os");
        Assert.All(traced, message => Assert.True(message.Write.Ended < message.Confirm.Began));
        Assert.True(traced.Count(message => message.Sync is null) > Messages / 2, "The confirms waited for the disk.");
    }

    /// <summary>Publishes with a window of 1 and finds each message's write and confirm, and the sync between them if there is one.</summary>
    private async Task<List<(int Message, SystemCall Write, SystemCall? Sync, SystemCall Confirm)>> TraceAsync(string durability)
    {
        await RequireStraceAsync();
        string trace = _folder["trace"];
        // -D: the broker itself is our child, and gets our signals; -xx: all octets as hex, so that they can be searched.
        ProcessStartInfo start = new("strace", ["-D", "-f", "-y", "-xx", "-s", "1000000", "-e", Calls, "-o", trace, Repository.BrokerBinary]);
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(start, _folder.Data, "--log-level", "warning", "--durability", durability))
        {
            await using IConnection connection = await Client.ConnectAsync(broker);
            await using IChannel channel = await connection.ConfirmedChannelAsync();
            await channel.DeclareDurableAsync("q");
            for (int i = 1; i <= Messages; i++)
            {
                await channel.PublishAsync("q", Marker(i));
            }

            await connection.CloseAsync();
            Assert.Equal(0, await broker.StopAsync());
        }

        SystemCallTrace calls = SystemCallTrace.Read(File.ReadLines(trace));
        List<(int Message, SystemCall Write, SystemCall? Sync, SystemCall Confirm)> found = [];
        for (int i = 1; i <= Messages; i++)
        {
            SystemCall write = calls.Single(c => c.IsWriteTo("segment-") && c.Contains(Encoding.ASCII.GetBytes(Marker(i))), $"the write of message {i}");
            SystemCall confirm = calls.Single(c => c.IsSend && c.Contains(Ack(i)), $"the confirm of message {i}");
            SystemCall? sync = calls.FirstOrDefault(c =>
                c.Name is "fdatasync" or "fsync" && c.File == write.File && c.Began > write.Ended && c.Ended < confirm.Began);
            Assert.True(found.Count == 0 || write.Began > found[^1].Confirm.Began, "The messages were not confirmed one by one.");
            found.Add((i, write, sync, confirm));
        }

        return found;
    }

    private static string Marker(int i) => $"<marker of message {i}>";

    private static byte[] Ack(int tag) => Wire.Method(1, 60, 80, Wire.U64((ulong)tag), [0]);

    private static async Task RequireStraceAsync()
    {
        bool works = false;
        try
        {
            using Process? probe = Process.Start(new ProcessStartInfo("strace", ["-D", "-f", "-o", "/dev/null", "true"]) { RedirectStandardError = true });
            await probe!.WaitForExitAsync();
            works = probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is none.
        }

        bool mustBeThere = Environment.GetEnvironmentVariable("CI") == "true" && OperatingSystem.IsLinux();
        Assert.SkipUnless(works || mustBeThere, "strace is not installed, or may not trace here");
        Assert.True(works, "With CI=true strace has to be there: tools/test --install installs it.");
    }
}
