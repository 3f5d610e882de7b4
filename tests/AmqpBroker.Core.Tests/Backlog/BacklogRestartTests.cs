using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Backlog;

/// <summary>Restarts, checkpoints and damage while most messages are in the journal alone.</summary>
public sealed class BacklogRestartTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-backlog-").FullName;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_backlog_survives_a_restart_with_its_order_and_its_counts(bool inOrder)
    {
        using var cold = new ColdQueue(store: NewStore());
        cold.Fill(0, 60);
        ulong tag = cold.Channel.Take("q");
        cold.Channel.Nack(tag);
        cold.Broker.Sync();
        cold.Restart(inOrder);
        Assert.Empty(cold.Broker.Lost);
        Assert.Equal(60u, cold.Channel.Ready("q"));
        Received first = cold.Channel.Get("q", noAck: true);
        Assert.True(Assert.IsType<BasicGetOk>(first.Method).Redelivered);
        Assert.Equal(ColdQueue.Numbers(1, 60), cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_start_reads_no_more_messages_than_it_has_room_for()
    {
        using var cold = new ColdQueue(store: NewStore());
        cold.Fill(0, 60);
        cold.Restart();
        Assert.InRange(cold.Queue.WarmCount, 0, 2);
        Assert.Equal(ColdQueue.Numbers(0, 60), cold.Channel.Drain("q"));
    }

    [Fact]
    public void What_ended_after_the_page_was_written_does_not_come_back()
    {
        using var cold = new ColdQueue(store: NewStore());
        cold.FillAtOnce(0, 60);
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal($"m{i}", cold.Channel.Get("q", noAck: true).Text);
        }

        cold.Broker.Sync();
        cold.Restart();
        cold.Restart();
        Assert.Equal(ColdQueue.Numbers(30, 60), cold.Channel.Drain("q"));
    }

    [Fact]
    public void Many_restarts_with_checkpoints_between_lose_nothing()
    {
        using var cold = new ColdQueue(store: NewStore());
        var expected = new List<string>();
        int next = 0;
        for (int round = 0; round < 8; round++)
        {
            cold.Fill(next, next + 30);
            expected.AddRange(ColdQueue.Numbers(next, next + 30));
            next += 30;
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(expected[0], cold.Channel.Get("q", noAck: true).Text);
                expected.RemoveAt(0);
            }

            cold.Broker.Sync();
            cold.Restart(inOrder: round % 2 == 0);
            Assert.Empty(cold.Broker.Lost);
        }

        Assert.Equal(expected, cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_restart_forgets_what_spilled()
    {
        using var cold = new ColdQueue(store: NewStore());
        cold.Fill(0, 20, persistent: false);
        cold.Fill(20, 40);
        Assert.True(cold.Queue.ColdCount > 30);
        cold.Restart();
        Assert.Equal(ColdQueue.Numbers(20, 40), cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_purge_of_a_cold_queue_with_one_message_out_leaves_that_one_after_a_restart()
    {
        using var cold = new ColdQueue(store: NewStore());
        cold.Fill(0, 40);
        cold.Channel.Take("q");
        Assert.Equal(39u, cold.Channel.PurgeOnSync("q", cold.Broker));
        cold.Restart();
        Assert.Equal(["m0"], cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_cold_message_that_is_damaged_is_told_and_the_others_are_served()
    {
        var store = NewStore();
        using var cold = new ColdQueue(store: store);
        cold.Fill(0, 60);
        Overwrite(store, "\u0002m7"u8);
        string[] served = cold.Channel.Drain("q");
        Assert.DoesNotContain("m7", served);
        Assert.InRange(served.Length, 55, 59);
        Assert.StartsWith("1 messages of queue 'q' in virtual host '/' cannot be read", cold.Broker.Warnings[0]);
        Assert.EndsWith("A copy of it is in the quarantine folder.", cold.Broker.Warnings[0]);
        string aside = Assert.Single(Directory.GetFiles(Path.Combine(store.Directory, "quarantine")));
        Assert.Contains("segment-", aside, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(aside).Length, 64, 2000);
        Assert.Equal(0u, cold.Channel.Ready("q"));
        cold.Fill(60, 61);
        Assert.Equal(["m60"], cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_page_whose_index_is_damaged_is_found_without_it()
    {
        var store = NewStore();
        using var cold = new ColdQueue(store: store);
        cold.FillAtOnce(0, 30);
        cold.FillAtOnce(30, 60);
        byte[] record = IndexInACheckpoint(cold, out _);
        store.Damage = () => Overwrite(store, record);
        cold.Restart();
        Assert.Equal(ColdQueue.Numbers(0, 60), cold.Channel.Drain("q"));
        Assert.Contains(cold.Broker.Warnings, static w => w.StartsWith("An index of queue 'q' in virtual host '/' cannot be read", StringComparison.Ordinal));
        Assert.DoesNotContain(cold.Broker.Warnings, static w => w.Contains("not delivered", StringComparison.Ordinal));
        Assert.Equal(0u, cold.Channel.Ready("q"));
    }

    [Fact]
    public void A_page_whose_index_is_damaged_gives_nothing_back_that_had_ended()
    {
        var store = NewStore();
        using var cold = new ColdQueue(store: store);
        cold.FillAtOnce(0, 60);
        byte[] record = IndexInACheckpoint(cold, out Core.Backlog.ColdPage page);

        // One of the page ends after its index was written, as those do that are taken before the stop.
        string[] taken = cold.Channel.Drain("q")[..^1];
        Assert.Equal(59, taken.Length);
        cold.FillAtOnce(60, 62);
        cold.Broker.Sync();
        store.Damage = () => Overwrite(store, record);
        cold.Restart();
        Assert.Equal(["m60", "m61"], cold.Channel.Drain("q"));
        Assert.DoesNotContain(cold.Broker.Lost, static w => w.Contains("cannot be found", StringComparison.Ordinal));
        Assert.True(page.Count > 0);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>The record of a page's index, once a checkpoint depends on it.</summary>
    private static byte[] IndexInACheckpoint(ColdQueue cold, out Core.Backlog.ColdPage page)
    {
        for (int i = 0; i < 100 && !cold.Queue.Pages.All(static p => p.IsInImage); i++)
        {
            // A checkpoint comes some time.
            cold.Declare($"other{i}", "x-message-ttl=I:100000 x-dead-letter-exchange=S:nowhere");
        }

        page = cold.Queue.Pages.First(static p => p.Count > 5);
        byte[] record = new byte[page.RecordLength];
        cold.Broker.Journal.ReadAt(page.RecordAt, record);
        return record;
    }

    private FileStore NewStore() =>
        new(Path.Combine(_directory, "vhost"), new Replay(new VirtualHost(ShortString.FromString("/"), static _ => { })));

    private static void Overwrite(FileStore store, ReadOnlySpan<byte> bytes)
    {
        foreach (string path in Directory.GetFiles(store.Directory, "*.log"))
        {
            byte[] all = File.ReadAllBytes(path);
            int at = all.AsSpan().IndexOf(bytes);
            if (at >= 0)
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                file.Position = at;
                file.Write(new byte[bytes.Length]);
                return;
            }
        }

        Assert.Fail("No file holds the bytes.");
    }
}
