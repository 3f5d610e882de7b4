using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>How connections end: by the client, by the server, by both, by silence.</summary>
public sealed class CloseTests
{
    private const string Shutdown = "broker forced connection closure with reason 'shutdown'";

    private static readonly ConnectionClose s_goodbye = new(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0);

    [Fact]
    public async Task A_clients_close_is_answered_after_all_before_it()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendRawAsync([.. TestClient.MethodBytes(1, new BasicQos(0, 1, false)), .. TestClient.MethodBytes(0, in s_goodbye)]);
        await client.ReadAsync<BasicQosOk>(1);
        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.ExpectEndAsync();
        client.EndSending();
        await client.Ended;
    }

    [Fact]
    public async Task An_exclusive_queue_is_gone_before_close_ok()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendAsync(1, new QueueDeclare(ShortString.FromString("mine"), false, false, true, false, false, FieldTable.Empty));
        await client.ReadAsync<QueueDeclareOk>(1);
        await client.SendAsync(0, in s_goodbye);
        await client.ReadAsync<ConnectionCloseOk>(0);
        TestClient other = await server.OpenChannelAsync();
        await other.SendAsync(1, new QueueDeclare(ShortString.FromString("mine"), true, false, false, false, false, FieldTable.Empty));
        await other.ExpectChannelCloseAsync(1, ReplyCode.NotFound, "no queue 'mine' in vhost '/'");
    }

    [Fact]
    public async Task What_comes_after_a_close_is_discarded()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendRawAsync([.. TestClient.MethodBytes(0, in s_goodbye), .. TestClient.PublishBytes(1, "missing", "", [1]), 1, 2, 3]);
        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task After_the_servers_close_only_the_two_ends_of_a_close_count()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        client.Connection.CloseByServer("enough");
        await client.ExpectCloseAsync(ReplyCode.ConnectionForced, "enough");
        await client.PublishAsync(1, "missing", "", [1]);
        await client.SendAsync(7, new BasicAck(1, false));
        await client.SendFrameAsync(8, 0);
        await client.SendAsync(0, in s_goodbye);
        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.SendAsync(0, default(ConnectionCloseOk));
        await client.ExpectEndAsync();
        client.EndSending();
        await client.Ended;
    }

    [Fact]
    public async Task A_close_in_one_read_with_a_fault_is_answered_too()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        var fault = new BasicQos(1, 0, false);
        await client.SendRawAsync([.. TestClient.MethodBytes(1, in fault), .. TestClient.MethodBytes(0, in s_goodbye)]);
        await client.ExpectCloseAsync(ReplyCode.NotImplemented, "prefetch_size!=0 (1)");
        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_answer_a_close_is_dropped()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        client.Connection.CloseByServer("enough");
        await client.ReadAsync<ConnectionClose>(0);
        server.Pass(9_000);
        Assert.False(client.Ended.IsCompleted);
        server.Pass(2_000);
        await client.ExpectEndAsync();
        await client.Ended;
    }

    [Fact]
    public async Task A_client_that_reads_slowly_what_is_left_gets_its_close_ok()
    {
        using var server = new TestServer();
        TestClient client = server.Connect(toClientCapacity: 1000);
        await client.OpenAsync(heartbeat: 2);
        await client.OpenChannelAsync(1);
        await client.DeclareAsync(1, "q");
        for (int i = 0; i < 8; i++)
        {
            await client.PublishAsync(1, "", "q", new byte[400_000]);
        }

        for (int i = 0; i < 8; i++)
        {
            await client.SendAsync(1, new BasicGet(ShortString.FromString("q"), true));
        }

        await client.SendAsync(0, in s_goodbye);
        for (int i = 0; i < 8; i++)
        {
            await client.ReadContentAsync<BasicGetOk>(1);
            server.Pass(3_000); // together longer than a client may take that takes nothing
        }

        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.ExpectEndAsync();
        client.EndSending();
        await client.Ended;
    }

    [Fact]
    public async Task Nothing_follows_close_ok_and_the_client_may_take_its_time_to_close()
    {
        using var server = new TestServer();
        TestClient client = server.Connect(out MemoryTransport transport);
        await client.OpenAsync(heartbeat: 1);
        await client.SendAsync(0, in s_goodbye);
        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.ExpectEndAsync();
        server.Pass(9_000);
        Assert.False(transport.Aborted);
        server.Pass(2_000);
        await client.Ended;
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_nothing_behind()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.DeclareAsync(1, "q");
        await client.PublishAsync(1, "", "q", [7]);
        await client.SendAsync(1, new BasicGet(ShortString.FromString("q"), false));
        await client.ReadContentAsync<BasicGetOk>(1);
        client.HangUp();
        await client.Ended;
        TestClient other = await server.OpenChannelAsync();
        await other.SendAsync(1, new BasicGet(ShortString.FromString("q"), true));
        (BasicGetOk get, byte[] body) = await other.ReadContentAsync<BasicGetOk>(1);
        Assert.True(get.Redelivered);
        Assert.Equal([7], body);
    }

    [Fact]
    public async Task A_fault_of_the_servers_own_is_a_541_and_touches_nobody_else()
    {
        using var server = new TestServer();
        TestClient other = await server.OpenChannelAsync();
        TestClient client = server.Connect(out MemoryTransport transport);
        await client.OpenAsync();
        await client.OpenChannelAsync(1);
        await client.SendAsync(1, new QueueDeclare(ShortString.FromString("mine"), false, false, true, false, false, FieldTable.Empty));
        await client.ReadAsync<QueueDeclareOk>(1);
        transport.Fault = new InvalidOperationException("a fault for the test");
        await client.SendAsync(1, new BasicQos(0, 1, false));
        ReceivedFrame? frame = await client.ReadFrameAsync();
        if (frame!.Name == "basic.qos-ok")
        {
            // Read by the receive that was under way.
            await client.SendAsync(1, new BasicQos(0, 1, false));
            frame = await client.ReadFrameAsync();
        }

        ConnectionClose close = frame!.As<ConnectionClose>();
        Assert.Equal((ReplyCode.InternalError, "INTERNAL_ERROR", 0, 0), (close.ReplyCode, close.ReplyText.ToString(), (int)close.FailedClassId, (int)close.FailedMethodId));
        await client.SendAsync(0, default(ConnectionCloseOk));
        client.EndSending();
        await client.Ended;
        Assert.Contains(server.Log.Lines, line => line.Contains("a fault for the test", StringComparison.Ordinal));
        await other.SendAsync(1, new QueueDeclare(ShortString.FromString("mine"), true, false, false, false, false, FieldTable.Empty));
        await other.ExpectChannelCloseAsync(1, ReplyCode.NotFound, "no queue 'mine' in vhost '/'");
    }

    [Fact]
    public async Task A_fault_of_the_servers_own_before_the_connection_is_open_is_told_too_and_its_socket_is_not_held_for_ever()
    {
        using var server = new TestServer();
        TestClient client = server.Connect(out MemoryTransport transport);
        await client.StartAsync();
        transport.Fault = new InvalidOperationException("a fault for the test");
        await client.SendAsync(0, TestClient.StartOk());
        ReceivedFrame? frame = await client.ReadFrameAsync();
        if (frame!.Name == "connection.tune")
        {
            // Read by the receive that was under way.
            await client.SendAsync(0, new ConnectionTuneOk(0, 131072, 0));
            frame = await client.ReadFrameAsync();
        }

        Assert.Equal(ReplyCode.InternalError, frame!.As<ConnectionClose>().ReplyCode);
        server.Pass(server.Options.RefusalDelayMs + 500);
        await client.Ended;
    }

    [Fact]
    public async Task A_connection_that_is_not_open_yet_is_dropped_at_the_shutdown()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        client.Connection.CloseByServer(Shutdown);
        await client.ExpectEndAsync();
        await client.Ended;
    }
}
