using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>Heartbeats both ways, on a clock of the test's.</summary>
public sealed class HeartbeatTests
{
    /// <summary>Of a megabyte each: more than the server sends ahead of a client that asks and does not read.</summary>
    private const int DebtMessages = 8;

    [Fact]
    public async Task The_server_sends_one_after_half_the_interval_and_again()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 10);
        Task<ReceivedFrame?> frame = client.ReadFrameAsync();
        server.Pass(4_500);
        Assert.False(frame.IsCompleted);
        server.Pass(1_000);
        Assert.Equal("heartbeat", (await frame)!.Name);
        frame = client.ReadFrameAsync();
        server.Pass(5_500);
        Assert.Equal("heartbeat", (await frame)!.Name);
    }

    [Fact]
    public async Task A_client_silent_for_two_intervals_is_dropped()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 10);
        server.Pass(19_000);
        Assert.False(client.Connection.HasEnded);
        server.Pass(1_500);
        await client.Ended;
        Assert.Contains(server.Log.Lines, line => line.Contains("missed heartbeats from client, timeout: 10s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Any_octet_is_a_sign_of_life()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 10);
        await client.OpenChannelAsync(1);
        server.Pass(15_000);
        await client.SendAsync(1, new BasicQos(0, 1, false));
        while ((await client.ReadFrameAsync())!.Name != "basic.qos-ok")
        {
        }

        server.Pass(15_000);
        Assert.False(client.Connection.HasEnded);
    }

    [Fact]
    public async Task Without_an_interval_silence_is_fine()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 0);
        server.Pass(600_000);
        await client.OpenChannelAsync(1);
    }

    [Fact]
    public async Task Who_takes_too_little_to_be_read_is_alive_by_what_it_sends_and_gets_everything()
    {
        using var server = new TestServer();
        TestClient client = await OpenWithDebtAsync(server);
        for (int i = 0; i < 5; i++)
        {
            server.Pass(100_000);
            await client.SendFrameAsync(AmqpConstants.FrameHeartbeat, 0);
        }

        Assert.False(client.Connection.HasEnded);
        Assert.Equal("flow", client.Connection.Describe()!.State);
        await client.SendAsync(1, new BasicQos(0, 1, false));
        for (int i = 0; i < DebtMessages; i++)
        {
            await client.ReadContentAsync<BasicGetOk>(1);
        }

        await client.ReadAsync<BasicQosOk>(1);
        Assert.Equal("running", client.Connection.Describe()!.State);
        server.Pass(19_000);
        Assert.False(client.Connection.HasEnded);
        server.Pass(1_500);
        await client.Ended; // from here on its silence is its own
    }

    [Fact]
    public async Task Who_takes_too_little_to_be_read_is_alive_by_what_it_takes()
    {
        using var server = new TestServer();
        TestClient client = await OpenWithDebtAsync(server);
        for (int i = 0; i < 5; i++)
        {
            // What is written at once may be more than one message: it counts when the client has taken all of it.
            server.Pass(50_000);
            await client.ReadContentAsync<BasicGetOk>(1);
        }

        Assert.False(client.Connection.HasEnded);
    }

    [Fact]
    public async Task Who_neither_reads_nor_sends_is_dropped_however_much_waits_for_it()
    {
        using var server = new TestServer();
        TestClient client = await OpenWithDebtAsync(server);
        server.Pass(119_000);
        Assert.False(client.Connection.HasEnded);
        server.Pass(130_000); // what came before it was not read counts too, and is looked at on the beats
        await client.Ended;
    }

    /// <summary>A client that has asked for more than it reads, and is not read for that.</summary>
    private static async Task<TestClient> OpenWithDebtAsync(TestServer server)
    {
        TestClient client = server.Connect(toClientCapacity: 1000);
        await client.OpenAsync(heartbeat: 10);
        await client.OpenChannelAsync(1);
        await client.DeclareAsync(1, "q");
        for (int i = 0; i < DebtMessages; i++)
        {
            await client.PublishAsync(1, "", "q", new byte[1_000_000]);
        }

        for (int i = 0; i < DebtMessages; i++)
        {
            await client.SendAsync(1, new BasicGet(ShortString.FromString("q"), true));
        }

        while (client.Connection.Describe()!.State != "flow")
        {
            await Task.Delay(1, TestContext.Current.CancellationToken); // waits because a client that is not read is told nothing
        }

        return client;
    }
}
