using System.Net;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;
using AmqpBroker.Storage;

namespace AmqpBroker.Server.Tests;

/// <summary>What is refused before connection.open-ok, with which words, and how long strangers are put up with.</summary>
public sealed class HandshakeRefusalTests
{
    private const string Refused = "Login was refused using authentication mechanism PLAIN. For details see the broker logfile.";

    [Theory]
    [InlineData("guest", "wrong", "invalid credentials")]
    [InlineData("nobody", "guest", "invalid credentials")]
    [InlineData("guest", "", "blank password")]
    public async Task A_login_that_fails_is_a_403_to_clients_that_take_it(string user, string password, string logged)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk(user, password));
        ConnectionClose close = await client.ExpectCloseAsync(ReplyCode.AccessRefused, Refused);
        Assert.Equal((0, 0), (close.FailedClassId, close.FailedMethodId));
        Assert.Contains(server.Log.Lines, line => line.Contains(logged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Others_see_a_closed_socket_after_a_while()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk(password: "wrong", properties: FieldTable.Empty));
        await WaitForAsync(() => server.Log.Lines.Count > 0);
        server.Pass(2_000);
        Assert.False(client.Ended.IsCompleted);
        server.Pass(1_500);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Guest_comes_from_this_machine_only()
    {
        using var server = new TestServer();
        TestClient client = server.Connect(IPAddress.Parse("10.1.2.3"));
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ExpectCloseAsync(ReplyCode.AccessRefused, Refused);
        Assert.Contains(server.Log.Lines, line => line.Contains("user 'guest' can only connect via localhost", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("10.1.2.3", false)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::1", true)]
    public async Task Guest_comes_from_anywhere_if_nobody_is_restricted_and_from_any_loopback(string peer, bool restricted)
    {
        using var server = new TestServer(restricted ? new ServerOptions() : new ServerOptions { LoopbackUsers = [] });
        TestClient client = server.Connect(IPAddress.Parse(peer));
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ReadAsync<ConnectionTune>(0);
    }

    [Theory]
    [InlineData("EXTERNAL", "", ReplyCode.CommandInvalid, "unknown authentication mechanism 'EXTERNAL'")]
    [InlineData("plain", "", ReplyCode.CommandInvalid, "unknown authentication mechanism 'plain'")]
    [InlineData("PLAIN", "guest", ReplyCode.SyntaxError, "response <<...>> invalid")]
    [InlineData("PLAIN", "\0guest", ReplyCode.SyntaxError, "response <<...>> invalid")]
    [InlineData("AMQPLAIN", "", ReplyCode.SyntaxError, "AMQPLAIN auth info <<...>> is missing LOGIN or PASSWORD field")]
    public async Task A_login_that_makes_no_sense_is_refused(string mechanism, string response, ReplyCode code, string text)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk(mechanism: mechanism, response: System.Text.Encoding.UTF8.GetBytes(response)));
        await client.ExpectCloseAsync(code, text);
    }

    [Theory]
    [InlineData(5000, 131072, "negotiated channel_max = 5000 is higher than the maximum allowed value (2047)")]
    [InlineData(0, 131072, "negotiated channel_max = 0 is higher than the maximum allowed value (2047)")]
    [InlineData(2047, 131073, "negotiated frame_max = 131073 is higher than the maximum allowed value (131072)")]
    [InlineData(2047, 0, "negotiated frame_max = 0 is higher than the maximum allowed value (131072)")]
    [InlineData(2047, 4095, "negotiated frame_max = 4095 is lower than the minimum allowed value (4096)")]
    public async Task Tune_ok_may_not_go_beyond_the_offer(ushort channelMax, uint frameMax, string text)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ReadAsync<ConnectionTune>(0);
        await client.SendAsync(0, new ConnectionTuneOk(channelMax, frameMax, 0));
        ConnectionClose close = await client.ExpectCloseAsync(ReplyCode.NotAllowed, text);
        Assert.Equal((10, 31), (close.FailedClassId, close.FailedMethodId));
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_told_so_until_another_ends()
    {
        using var server = new TestServer(new ServerOptions { MaxConnections = 1 });
        TestClient first = await server.OpenAsync();
        TestClient second = await LogInAsync(server);
        await second.SendAsync(0, new ConnectionOpen(ShortString.FromString("/")));
        ConnectionClose close = await second.ExpectCloseAsync(ReplyCode.NotAllowed, "connection refused: node connection limit (1) is reached");
        Assert.Equal((10, 40), ((int)close.FailedClassId, (int)close.FailedMethodId));
        first.HangUp();
        await first.Ended;
        TestClient third = await server.OpenAsync();
        await third.OpenChannelAsync(1);
    }

    [Fact]
    public async Task A_virtual_host_that_has_failed_is_down()
    {
        using var server = new TestServer();
        ((ICommitListener)server.Broker.FindVirtualHost(ShortString.FromString("/"))!).Failed(new IOException("no disk"));
        TestClient client = await LogInAsync(server);
        await client.SendAsync(0, new ConnectionOpen(ShortString.FromString("/")));
        await client.ExpectCloseAsync(ReplyCode.InternalError, "access to vhost '/' refused for user 'guest': vhost '/' is down");
        Assert.Single(server.Failures);
        server.Failures.Clear();
    }

    /// <summary>A client that has only connection.open to send.</summary>
    private static async Task<TestClient> LogInAsync(TestServer server)
    {
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ReadAsync<ConnectionTune>(0);
        await client.SendAsync(0, new ConnectionTuneOk(2047, 131072, 0));
        return client;
    }

    [Fact]
    public async Task A_virtual_host_must_exist()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ReadAsync<ConnectionTune>(0);
        await client.SendAsync(0, new ConnectionTuneOk(0x7FF, 131072, 0));
        await client.SendAsync(0, new ConnectionOpen(ShortString.FromString("nowhere")));
        ConnectionClose close = await client.ExpectCloseAsync(ReplyCode.NotAllowed, "vhost nowhere not found");
        Assert.Equal((10, 40), (close.FailedClassId, close.FailedMethodId));
    }

    [Fact]
    public async Task Methods_come_in_their_order()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, new ConnectionOpen(ShortString.FromString("/")));
        await client.ExpectCloseAsync(ReplyCode.ChannelError, "unexpected method in connection state starting");

        client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ReadAsync<ConnectionTune>(0);
        await client.SendAsync(0, TestClient.StartOk());
        await client.ExpectCloseAsync(ReplyCode.ChannelError, "unexpected method in connection state tuning");

        client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        await client.ReadAsync<ConnectionTune>(0);
        await client.SendAsync(0, new ConnectionTuneOk(2047, 131072, 0));
        await client.SendAsync(0, new ConnectionTuneOk(2047, 131072, 0));
        await client.ExpectCloseAsync(ReplyCode.ChannelError, "unexpected method in connection state opening");

        client = await server.OpenAsync();
        await client.SendAsync(0, new ConnectionOpen(ShortString.FromString("/")));
        await client.ExpectCloseAsync(ReplyCode.ChannelError, "unexpected method in connection state running");
    }

    [Fact]
    public async Task A_channel_cannot_be_used_before_the_connection_is_open()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(1, default(ChannelOpen));
        await client.ExpectCloseAsync(ReplyCode.UnexpectedFrame, "type 1, all octets = <<0,20,0,10,0>>");
    }

    [Fact]
    public async Task A_frame_before_tune_may_not_exceed_128_KiB()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendRawAsync(1, 0, 0, 0, 2, 0, 1);
        await client.ExpectCloseAsync(ReplyCode.FrameError, "type 1, all octets = <<>>: {frame_too_large,131073,131064}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_handshake_takes_ten_seconds_at_most(int stage)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        if (stage == 0)
        {
            await client.SendRawAsync("AMQP"u8.ToArray());
        }
        else
        {
            await client.StartAsync();
        }

        if (stage == 2)
        {
            await client.SendAsync(0, TestClient.StartOk());
            await client.ReadAsync<ConnectionTune>(0);
        }

        server.Pass(9_000);
        Assert.False(client.Connection.HasEnded);
        server.Pass(1_500);
        await client.ExpectEndAsync();
        await client.Ended;
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (int i = 0; i < 3000 && !condition(); i++)
        {
            // waits because the log has no event to await
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
