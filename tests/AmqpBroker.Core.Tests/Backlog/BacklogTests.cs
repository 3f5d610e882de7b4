using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Backlog;

/// <summary>Messages for which there is no memory are in the journal alone, and nobody can tell.</summary>
public sealed class BacklogTests
{
    [Fact]
    public void Messages_beyond_the_memory_for_them_are_in_the_journal_alone_and_come_in_order()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 50);
        Assert.InRange(cold.Queue.ColdCount, 45, 50);
        Assert.True(cold.Queue.Pages.Count() > 3);
        Assert.Equal(50u, cold.Channel.Ready("q"));
        Assert.Equal(ColdQueue.Numbers(0, 50), cold.Channel.Drain("q"));
        Assert.Equal(0u, cold.Channel.Ready("q"));
    }

    [Fact]
    public void What_the_disk_does_not_have_stays_in_memory()
    {
        using var cold = new ColdQueue();
        for (int i = 0; i < 10; i++)
        {
            cold.Channel.Publish("q", $"m{i}", persistent: true);
        }

        Assert.Equal(0, cold.Queue.ColdCount);
        Assert.Equal("m0", cold.Channel.Get("q", noAck: true).Text);
        cold.Broker.Sync();
        Assert.InRange(cold.Queue.ColdCount, 7, 9);
        Assert.Equal(ColdQueue.Numbers(1, 10), cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_consumer_gets_a_cold_backlog_in_order_with_what_comes_meanwhile_behind_it()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 40);
        cold.Channel.Qos(3);
        cold.Channel.Consume("q");
        var got = new List<string>();
        for (int i = 40; i < 80; i++)
        {
            cold.Fill(i, i + 1);
            Delivery delivery = cold.Channel.Client.ExpectDelivery();
            got.Add(delivery.Text);
            cold.Channel.Ack(delivery.Tag);
        }

        while (got.Count < 80)
        {
            Delivery delivery = cold.Channel.Client.ExpectDelivery();
            got.Add(delivery.Text);
            cold.Channel.Ack(delivery.Tag);
        }

        Assert.Equal(ColdQueue.Numbers(0, 80), got);
    }

    [Fact]
    public void Higher_priorities_come_first_also_from_the_journal()
    {
        using var cold = new ColdQueue("x-max-priority=I:3");
        cold.Fill(0, 40, properties: i => p => p.Set(BasicProperty.Priority, (byte)(i % 4)));
        Assert.InRange(cold.Queue.ColdCount, 35, 40);
        string[] expected = [.. Enumerable.Range(0, 40).OrderByDescending(i => i % 4).ThenBy(i => i).Select(i => $"m{i}")];
        Assert.Equal(expected, cold.Channel.Drain("q"));
    }

    [Fact]
    public void Messages_expire_in_the_middle_of_a_cold_backlog_and_die_in_the_order_of_their_deadlines()
    {
        using var cold = new ColdQueue("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead");
        cold.Declare("dead");
        cold.Fill(0, 40, properties: i => p =>
        {
            if (i % 4 == 1)
            {
                p.Set(BasicProperty.Expiration, TestChannel.Name($"{5000 - (i * 10)}"));
            }
        });
        cold.Broker.Advance(5000);

        Assert.Equal(30u, cold.Channel.Ready("q"));
        Assert.Equal(Enumerable.Range(0, 40).Where(i => i % 4 == 1).Reverse().Select(i => $"m{i}"), cold.Channel.Drain("dead"));
        Assert.Equal(Enumerable.Range(0, 40).Where(i => i % 4 != 1).Select(i => $"m{i}"), cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_message_in_memory_does_not_die_before_a_cold_one_that_is_due_too()
    {
        using var cold = new ColdQueue("x-message-ttl=I:1000 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead");
        cold.Declare("dead");
        cold.Fill(0, 10);
        cold.Channel.Publish("q", "m10", persistent: true);
        Assert.True(cold.Queue.WarmCount > 0);
        cold.Broker.Advance(2000);
        cold.Broker.Sync();
        Assert.Equal(ColdQueue.Numbers(0, 11), cold.Channel.Drain("dead"));
    }

    [Fact]
    public void A_purge_takes_the_cold_along_and_leaves_nothing_in_the_journal()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 40);
        ulong unacked = cold.Channel.Take("q");
        Assert.Equal(39u, cold.Channel.PurgeOnSync("q", cold.Broker));
        cold.Channel.Nack(unacked);
        cold.Broker.Sync();
        Assert.Equal(["m0"], cold.Channel.Drain("q"));
        cold.Broker.Sync();
        cold.ExpectNothingLives();
    }

    [Fact]
    public void A_queue_that_is_deleted_takes_the_cold_along_and_leaves_nothing_in_the_journal()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 40);
        Assert.Equal(40u, cold.Channel.DeleteQueueOnSync("q", cold.Broker));
        cold.ExpectNothingLives();
    }

    [Fact]
    public void A_length_limit_drops_the_head_though_it_is_cold()
    {
        using var cold = new ColdQueue("x-max-length=I:10");
        cold.Fill(0, 40);
        Assert.InRange(cold.Queue.ColdCount, 5, 10);
        Assert.Equal(ColdQueue.Numbers(30, 40), cold.Channel.Drain("q"));
    }

    [Fact]
    public void Dead_letters_from_a_cold_backlog_keep_their_order_and_their_bodies()
    {
        using var cold = new ColdQueue("x-max-length=I:5 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead");
        cold.Declare("dead");
        cold.Fill(0, 30);
        Assert.True(cold.Find("dead").ColdCount > 0);
        cold.Restart();
        Assert.Equal(ColdQueue.Numbers(0, 25), cold.Channel.Drain("dead"));
        Assert.Equal(ColdQueue.Numbers(25, 30), cold.Channel.Drain("q"));
    }

    [Fact]
    public void A_get_of_a_cold_head_holds_its_channel_and_no_other()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 20);
        TestChannel other = cold.Broker.Connect().OpenChannel();
        cold.Broker.HoldReads = true;
        cold.Channel.Send(new BasicGet(TestChannel.Name("q"), NoAck: true));
        cold.Channel.Publish("q", "behind", persistent: true);
        cold.Channel.Client.ExpectNothing();
        Assert.Equal(20u, other.Ready("q"));

        cold.Broker.HoldReads = false;
        cold.Broker.RunScheduled();
        Assert.Equal("m0", cold.Channel.Client.Next().Text);
        Assert.Equal([.. ColdQueue.Numbers(1, 20), "behind"], other.Drain("q"));
    }

    [Fact]
    public void A_channel_that_is_closed_behind_a_get_of_a_cold_head_is_answered_first()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 20);
        cold.Broker.HoldReads = true;
        cold.Channel.Send(new BasicGet(TestChannel.Name("q"), NoAck: false));
        cold.Channel.Publish("q", "behind", persistent: true);
        cold.Channel.Client.Run(b => b.CloseChannel(cold.Channel.Session));
        cold.Broker.HoldReads = false;
        cold.Broker.RunScheduled();
        Assert.Equal("m0", cold.Channel.Client.Next().Text);
        cold.Channel.Client.Expect<ChannelCloseOk>();
        Assert.Equal([.. ColdQueue.Numbers(0, 20), "behind"], cold.Broker.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void A_connection_that_ends_behind_a_get_of_a_cold_head_leaves_the_queue_as_it_was()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 20);
        TestChannel other = cold.Broker.Connect().OpenChannel();
        cold.Broker.HoldReads = true;
        cold.Channel.Send(new BasicGet(TestChannel.Name("q"), NoAck: false));
        cold.Channel.Client.Close();
        cold.Broker.HoldReads = false;
        cold.Broker.RunScheduled();
        Assert.Equal(ColdQueue.Numbers(0, 20), other.Drain("q"));
    }

    [Fact]
    public void A_message_that_comes_back_stands_before_the_cold_ones()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 5);
        ulong first = cold.Channel.Take("q");
        ulong second = cold.Channel.Take("q");
        cold.Fill(5, 40);
        cold.Channel.Nack(second);
        cold.Channel.Nack(first);
        Assert.Equal(ColdQueue.Numbers(0, 40), cold.Channel.Drain("q"));
    }

    [Fact]
    public void One_unacknowledged_message_stays_where_it_is_while_a_backlog_comes_and_goes()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 1);
        ulong held = cold.Channel.Take("q");
        cold.Fill(1, 60);
        TestChannel other = cold.Broker.Connect().OpenChannel();
        Assert.Equal(ColdQueue.Numbers(1, 60), other.Drain("q"));
        cold.Channel.Nack(held);
        Assert.Equal(["m0"], other.Drain("q"));
    }

    [Fact]
    public void A_body_that_went_to_several_queues_is_read_for_each_of_them()
    {
        using var cold = new ColdQueue();
        cold.Declare("q2");
        foreach (string queue in (string[])["q", "q2"])
        {
            cold.Channel.Send(new QueueBind(TestChannel.Name(queue), TestChannel.Name("amq.fanout"), ShortString.Empty, NoWait: true, FieldTable.Empty));
        }

        for (int i = 0; i < 20; i++)
        {
            cold.Channel.Publish("", $"m{i}", exchange: "amq.fanout", persistent: true);
            cold.Broker.Sync();
        }

        Assert.True(cold.Queue.ColdCount > 10 && cold.Find("q2").ColdCount > 10);
        Assert.Equal(ColdQueue.Numbers(0, 20), cold.Channel.Drain("q"));
        cold.Restart();
        Assert.Equal(ColdQueue.Numbers(0, 20), cold.Channel.Drain("q2"));
    }

    [Fact]
    public void Transient_messages_spill_and_come_in_order()
    {
        using var cold = new ColdQueue();
        cold.Fill(0, 40, persistent: false);
        Assert.InRange(cold.Queue.ColdCount, 30, 40);
        Assert.Equal(ColdQueue.Numbers(0, 40), cold.Channel.Drain("q"));
        cold.Broker.Sync();
        cold.ExpectNothingLives();
    }

    [Fact]
    public void Spilled_messages_of_a_queue_that_does_not_survive_come_in_order()
    {
        using var cold = new ColdQueue();
        cold.Declare("passing", durable: false);
        for (int i = 0; i < 40; i++)
        {
            cold.Channel.Publish("passing", $"m{i}", persistent: i % 2 == 0);
            cold.Broker.Sync();
        }

        Assert.InRange(cold.Find("passing").ColdCount, 30, 40);
        Assert.Equal(ColdQueue.Numbers(0, 40), cold.Channel.Drain("passing"));
    }
}
