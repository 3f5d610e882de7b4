using AmqpBroker.Protocol;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>While memory or disk space is short, who publishes is not read; everybody else notices nothing.</summary>
public sealed class AlarmTests
{
    private static readonly FieldTable s_takesBlocked = TestClient.Capabilities("connection.blocked", "authentication_failure_close");

    [Theory]
    [InlineData(Shortages.Memory, "low on memory")]
    [InlineData(Shortages.Disk, "low on disk")]
    [InlineData(Shortages.Memory | Shortages.Disk, "low on disk & memory")]
    public async Task A_publisher_is_told_at_its_next_publish_and_again_when_all_is_clear(Shortages shortages, string reason)
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        await client.DeclareAsync(1, "q");
        await client.PublishAsync(1, "", "q", [1]);
        await client.ExpectAliveAsync(1);
        server.Raise(shortages);
        await client.ExpectAliveAsync(1); // published before, and goes on
        await client.PublishAsync(1, "", "q", [2]);
        Assert.Equal(reason, (await client.ReadAsync<ConnectionBlocked>(0)).Reason.ToString());
        Assert.Equal("blocked", client.Connection.Describe()!.State);

        await client.SendAsync(1, new BasicQos(0, 1, false));
        Assert.Equal(1u, await CountAsync(server, "q"));
        server.Raise(Shortages.None);
        await client.ReadAsync<ConnectionUnblocked>(0);
        await client.ReadAsync<BasicQosOk>(1);
        Assert.Equal(2u, await CountAsync(server, "q"));
        Assert.Equal("running", client.Connection.Describe()!.State);
    }

    [Fact]
    public async Task Who_only_consumes_and_acknowledges_goes_on()
    {
        using var server = new TestServer();
        TestClient publisher = await OpenAsync(server);
        await publisher.DeclareAsync(1, "q");
        for (byte i = 0; i < 10; i++)
        {
            await publisher.PublishAsync(1, "", "q", [i]);
        }

        await publisher.ExpectAliveAsync(1);
        server.Raise(Shortages.Memory | Shortages.Disk);
        TestClient consumer = await OpenAsync(server);
        await consumer.SendAsync(1, new BasicQos(0, 1, false));
        await consumer.ReadAsync<BasicQosOk>(1);
        await consumer.SendAsync(1, new BasicConsume(ShortString.FromString("q"), ShortString.Empty, false, false, false, false, FieldTable.Empty));
        await consumer.ReadAsync<BasicConsumeOk>(1);
        for (byte i = 0; i < 10; i++)
        {
            (BasicDeliver deliver, byte[] body) = await consumer.ReadContentAsync<BasicDeliver>(1);
            Assert.Equal([i], body);
            await consumer.SendAsync(1, new BasicAck(deliver.DeliveryTag, false));
        }

        await consumer.ExpectAliveAsync(1);
        Assert.Equal("blocking", consumer.Connection.Describe()!.State);
    }

    [Fact]
    public async Task A_client_that_does_not_take_the_method_is_not_told_and_waits_all_the_same()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.DeclareAsync(1, "q");
        server.Raise(Shortages.Disk);
        await client.PublishAsync(1, "", "q", [1]);
        await UntilBlockedAsync(client);
        await client.SendAsync(1, new BasicQos(0, 1, false));
        Assert.Equal(0u, await CountAsync(server, "q"));
        server.Raise(Shortages.None);
        await client.ReadAsync<BasicQosOk>(1);
    }

    [Fact]
    public async Task Both_have_to_clear()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        server.Raise(Shortages.Disk);
        await client.PublishAsync(1, "", "q", [1]);
        await client.ReadAsync<ConnectionBlocked>(0);
        await client.SendAsync(1, new BasicQos(0, 1, false));
        Task<ReceivedFrame?> next = client.ReadFrameAsync();
        server.Raise(Shortages.Disk | Shortages.Memory);
        server.Raise(Shortages.Memory);
        Assert.Equal("blocked", client.Connection.Describe()!.State);
        Assert.False(next.IsCompleted);
        server.Raise(Shortages.None);
        Assert.Equal("connection.unblocked", (await next)!.Name);
        await client.ReadAsync<BasicQosOk>(1);
    }

    [Fact]
    public async Task It_counts_when_the_content_comes_and_not_when_it_was_announced()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        await client.DeclareAsync(1, "q");
        byte[] publish = TestClient.PublishBytes(1, "", "q", [1]);
        await client.SendRawAsync(publish[..^9]); // all but the body's frame
        await Task.Yield();
        await client.OpenChannelAsync(2);
        server.Raise(Shortages.Disk);
        await client.ExpectAliveAsync(2);
        await client.SendRawAsync(publish[^9..]);
        await client.ReadAsync<ConnectionBlocked>(0);
        Assert.Equal(1u, await CountAsync(server, "q"));
    }

    [Fact]
    public async Task An_empty_message_that_blocks_is_published()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        await client.DeclareAsync(1, "q");
        server.Raise(Shortages.Disk);
        await client.PublishAsync(1, "", "q", []);
        await client.ReadAsync<ConnectionBlocked>(0);
        Assert.Equal(1u, await CountAsync(server, "q"));
    }

    [Fact]
    public async Task Heartbeats_go_on_and_the_silence_of_a_client_that_is_not_read_does_not_count()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server, heartbeat: 10);
        server.Raise(Shortages.Memory);
        await client.PublishAsync(1, "", "q", [1]);
        await client.ReadAsync<ConnectionBlocked>(0);
        for (int i = 0; i < 10; i++)
        {
            server.Pass(5_500);
            Assert.Equal("heartbeat", (await client.ReadFrameAsync())!.Name);
        }

        server.Raise(Shortages.None);
        ReceivedFrame? frame;
        while ((frame = await client.ReadFrameAsync())!.Name == "heartbeat")
        {
        }

        Assert.Equal("connection.unblocked", frame.Name);
        server.Pass(15_000);
        Assert.False(client.Connection.HasEnded);
        server.Pass(6_000);
        await client.Ended; // from here on its silence is its own
    }

    [Fact]
    public async Task The_servers_close_reaches_a_blocked_client_and_its_answer_is_read()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        server.Raise(Shortages.Memory);
        await client.PublishAsync(1, "", "q", [1]);
        await client.ReadAsync<ConnectionBlocked>(0);
        client.Connection.CloseByServer("enough");
        await client.ExpectCloseAsync(ReplyCode.ConnectionForced, "enough");
        await client.SendAsync(0, default(ConnectionCloseOk));
        await client.ExpectEndAsync();
        client.EndSending();
        await client.Ended;
    }

    [Fact]
    public async Task A_blocked_connection_that_is_dropped_ends_while_the_alarm_goes_on()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        server.Raise(Shortages.Memory);
        await client.PublishAsync(1, "", "q", [1]);
        await client.ReadAsync<ConnectionBlocked>(0);
        client.Connection.Abort("enough");
        await client.Ended;
    }

    [Fact]
    public async Task Publishers_on_a_closed_channel_are_stopped_too()
    {
        using var server = new TestServer();
        TestClient client = await OpenAsync(server);
        server.Raise(Shortages.Memory);
        await client.SendAsync(1, new QueueDeclare(ShortString.FromString("missing"), true, false, false, false, false, FieldTable.Empty));
        await client.ReadAsync<ChannelClose>(1);
        await client.PublishAsync(1, "", "q", [1]);
        await client.ReadAsync<ConnectionBlocked>(0);
    }

    [Fact]
    public async Task A_full_disk_stops_publishers_with_a_word_and_lets_acknowledgements_through()
    {
        var journals = new NarrowJournals();
        using var server = new TestServer(journals: journals);
        TestClient publisher = await OpenAsync(server);
        TestClient consumer = await OpenAsync(server);
        await publisher.DeclareAsync(1, "q");
        await publisher.PublishAsync(1, "", "q", [1]);
        await consumer.SendAsync(1, new BasicConsume(ShortString.FromString("q"), ShortString.Empty, false, false, false, false, FieldTable.Empty));
        await consumer.ReadAsync<BasicConsumeOk>(1);
        (BasicDeliver deliver, _) = await consumer.ReadContentAsync<BasicDeliver>(1);

        journals.HasRoom = false;
        await publisher.PublishAsync(1, "", "q", [2]);
        await journals.Refused;
        Task<ReceivedFrame?> next = publisher.ReadFrameAsync();
        await consumer.SendAsync(1, new BasicAck(deliver.DeliveryTag, false));
        await consumer.ExpectAliveAsync(1);
        Assert.False(next.IsCompleted); // slow so far, and that is nothing to tell

        server.Gauge.StoreIsFull = true;
        server.Alarms.Look();
        var blocked = (await next)!.As<ConnectionBlocked>();
        Assert.Equal("low on disk", blocked.Reason.ToString());
        await consumer.ExpectAliveAsync(1);

        journals.HasRoom = true;
        (_, byte[] body) = await consumer.ReadContentAsync<BasicDeliver>(1);
        Assert.Equal([2], body);
        server.Gauge.StoreIsFull = false;
        server.Alarms.Look();
        await publisher.ReadAsync<ConnectionUnblocked>(0);
        await publisher.ExpectAliveAsync(1);
    }

    [Fact]
    public async Task A_publisher_that_is_faster_than_the_disk_is_held_back_and_loses_nothing()
    {
        var journals = new NarrowJournals();
        using var server = new TestServer(journals: journals);
        TestClient client = await OpenAsync(server);
        await client.DeclareAsync(1, "q");
        journals.HasRoom = false;
        byte[] publish = TestClient.PublishBytes(1, "", "q", new byte[100_000]);
        Task sending = client.SendRawAsync([.. Enumerable.Repeat(publish, 40).SelectMany(static p => p)]).AsTask();
        await journals.Refused;
        Assert.False(sending.IsCompleted);
        journals.HasRoom = true;
        await sending.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await client.ExpectAliveAsync(1);
        Assert.Equal(40u, await CountAsync(server, "q"));
    }

    [Fact]
    public async Task A_commit_needs_the_room_of_what_it_publishes()
    {
        var journals = new NarrowJournals();
        using var server = new TestServer(journals: journals);
        TestClient client = await OpenAsync(server);
        await client.DeclareAsync(1, "q");
        await client.SendAsync(1, default(TxSelect));
        await client.ReadAsync<TxSelectOk>(1);
        await client.PublishAsync(1, "", "q", [1]);
        await client.ExpectAliveAsync(1);
        journals.HasRoom = false;
        await client.SendAsync(1, default(TxCommit));
        await journals.Refused;
        Task<ReceivedFrame?> next = client.ReadFrameAsync();
        Assert.Equal(0u, await CountAsync(server, "q"));
        Assert.False(next.IsCompleted);
        journals.HasRoom = true;
        Assert.Equal("tx.commit-ok", (await next)!.Name);
    }

    [Fact]
    public async Task Without_even_the_reserve_everybody_waits_and_an_end_does_not()
    {
        var journals = new NarrowJournals();
        using var server = new TestServer(journals: journals);
        TestClient client = await OpenAsync(server);
        TestClient other = await OpenAsync(server);
        journals.HasRoom = false;
        journals.HasReserve = false;
        await client.SendAsync(1, new BasicQos(0, 1, false));
        await journals.Refused;
        Task<ReceivedFrame?> next = client.ReadFrameAsync();
        other.Connection.Abort("enough");
        await other.Ended;
        Assert.False(next.IsCompleted);
        journals.HasReserve = true;
        journals.HasRoom = true;
        Assert.Equal("basic.qos-ok", (await next)!.Name);
    }

    private static async Task<TestClient> OpenAsync(TestServer server, ushort heartbeat = 0)
    {
        TestClient client = server.Connect();
        await client.OpenAsync(heartbeat: heartbeat, properties: s_takesBlocked);
        await client.OpenChannelAsync(1);
        return client;
    }

    private static async Task UntilBlockedAsync(TestClient client)
    {
        while (client.Connection.Describe()!.State != "blocked")
        {
            await Task.Delay(1, TestContext.Current.CancellationToken); // waits because a client that takes no method is told nothing
        }
    }

    /// <summary>Ready messages, as another connection sees them.</summary>
    private static async Task<uint> CountAsync(TestServer server, string queue)
    {
        TestClient other = await server.OpenChannelAsync();
        await other.SendAsync(1, new QueueDeclare(ShortString.FromString(queue), true, false, false, false, false, FieldTable.Empty));
        return (await other.ReadAsync<QueueDeclareOk>(1)).MessageCount;
    }
}
