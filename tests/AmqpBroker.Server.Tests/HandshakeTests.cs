using System.Text;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Connections;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>From the protocol header to connection.open, as clients do it.</summary>
public sealed class HandshakeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task A_client_that_stalls_in_the_protocol_header_is_dropped_in_time_with_a_line_in_the_log(int bytes)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.SendRawAsync(ProtocolHeader.Amqp091[..bytes].ToArray());
        server.Pass(server.Options.HandshakeTimeoutMs + 1_000);
        await client.Ended;
        Assert.Contains(server.Log.Lines, line => line.Contains("handshake timeout", StringComparison.Ordinal)
            && line.Contains(client.Connection.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_offers_what_clients_look_for()
    {
        using var server = new TestServer();
        ConnectionStart start = await server.Connect().StartAsync();
        Assert.Equal((0, 9), (start.VersionMajor, start.VersionMinor));
        Assert.Equal("PLAIN AMQPLAIN", Encoding.ASCII.GetString(start.Mechanisms.Span));
        Assert.Equal("en_US", Encoding.ASCII.GetString(start.Locales.Span));
        FieldTable properties = start.ServerProperties;
        Assert.Equal("RabbitMQ", Text(properties, "product"));
        Assert.Equal("3.13.7", Text(properties, "version"));
        Assert.Contains("AmqpBroker", Text(properties, "platform"), StringComparison.Ordinal);
        Assert.Contains("AmqpBroker", Text(properties, "information"), StringComparison.Ordinal);
        Assert.StartsWith("amqpbroker@", Text(properties, "cluster_name"), StringComparison.Ordinal);
        Assert.NotEmpty(Text(properties, "copyright"));
        Assert.Equal(ServerProperties.OwnVersion, Text(properties, "amqpbroker_version"));
        Assert.True(properties.TryGetValue("capabilities", out FieldValue capabilities));
        Assert.Equal(
            [
                "publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify", "connection.blocked",
                "consumer_priorities", "authentication_failure_close", "per_consumer_qos", "direct_reply_to",
            ],
            capabilities.AsTable().Select(entry => entry.Name.ToString()));
        Assert.All(capabilities.AsTable(), entry => Assert.True(entry.Value.AsBoolean()));
    }

    [Fact]
    public async Task Product_and_version_are_announced_as_configured()
    {
        using var server = new TestServer(new ServerOptions { AnnounceProduct = "Other", AnnounceVersion = "9.8.7" });
        ConnectionStart start = await server.Connect().StartAsync();
        Assert.Equal("Other", Text(start.ServerProperties, "product"));
        Assert.Equal("9.8.7", Text(start.ServerProperties, "version"));
    }

    [Theory]
    [InlineData("414D515000000901")]
    [InlineData("414D515001010009")]
    public async Task The_headers_of_0_9_1_and_0_9_are_accepted(string header)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        foreach (byte octet in Convert.FromHexString(header))
        {
            await client.SendRawAsync(octet);
        }

        await client.ReadAsync<ConnectionStart>(0);
    }

    [Theory]
    [InlineData("414D515000010000", "AMQP 0 1 0 0")]
    [InlineData("414D515003010000", "AMQP 3 1 0 0")]
    [InlineData("414D515001010800", "AMQP 1 1 8 0")]
    [InlineData("414D515000000900", "AMQP 0 0 9 0")]
    [InlineData("474554202F20485454502F312E310D0A", "HTTP")]
    [InlineData("16030102000100", "TLS")]
    [InlineData("00", "octets 00")]
    public async Task Any_other_header_is_answered_with_ours_and_a_closed_socket(string header, string logged)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.SendRawAsync(Convert.FromHexString(header));
        client.EndSending();
        Assert.Equal("AMQP\0\0\u0009\u0001"u8.ToArray(), await client.ReadToEndAsync());
        await client.Ended;
        Assert.Contains(server.Log.Lines, line => line.Contains(logged, StringComparison.Ordinal) && line.Contains("127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_sends_nothing_and_goes_is_not_worth_a_line()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        client.EndSending();
        await client.Ended;
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task PLAIN_ignores_the_authorization_identity()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk(response: "somebody\0guest\0guest"u8.ToArray()));
        await client.ReadAsync<ConnectionTune>(0);
    }

    [Fact]
    public async Task AMQPLAIN_takes_a_table_without_its_length()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        FieldTable login = new FieldTableBuilder()
            .Append("LOGIN", FieldValue.FromString("guest")).Append("PASSWORD", FieldValue.FromString("guest")).Build();
        await client.SendAsync(0, TestClient.StartOk(mechanism: "AMQPLAIN", response: login.RawBytes.ToArray()));
        await client.ReadAsync<ConnectionTune>(0);
    }

    [Fact]
    public async Task Tune_offers_RabbitMQs_values()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        await client.SendAsync(0, TestClient.StartOk());
        Assert.Equal(new ConnectionTune(2047, 131072, 60), await client.ReadAsync<ConnectionTune>(0));
    }

    [Theory]
    [InlineData(2047, 131072)]
    [InlineData(1, 4096)]
    public async Task Tune_ok_may_lower_what_was_offered(ushort channelMax, uint frameMax)
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(frameMax, channelMax: channelMax);
        await client.OpenChannelAsync(1);
    }

    [Fact]
    public async Task Client_properties_of_100_KB_pass()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.StartAsync();
        FieldTable large = new FieldTableBuilder().Append("x", FieldValue.FromString(new string('x', 100_000))).Build();
        await client.SendAsync(0, TestClient.StartOk(properties: large));
        await client.ReadAsync<ConnectionTune>(0);
    }

    [Fact]
    public async Task A_whole_conversation_may_come_in_single_octets()
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        byte[] script =
        [
            .. ProtocolHeader.Amqp091,
            .. TestClient.MethodBytes(0, TestClient.StartOk()),
            .. TestClient.MethodBytes(0, new ConnectionTuneOk(2047, 131072, 0)),
            .. TestClient.MethodBytes(0, new ConnectionOpen(ShortString.FromString("/"))),
            .. TestClient.MethodBytes(1, default(ChannelOpen)),
            .. TestClient.MethodBytes(1, default(ConfirmSelect)),
            .. TestClient.PublishBytes(1, "", "nowhere", [1, 2, 3]),
            .. TestClient.MethodBytes(0, new ConnectionClose(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0)),
        ];
        foreach (byte octet in script)
        {
            await client.SendRawAsync(octet);
        }

        await client.ReadAsync<ConnectionStart>(0);
        await client.ReadAsync<ConnectionTune>(0);
        await client.ReadAsync<ConnectionOpenOk>(0);
        await client.ReadAsync<ChannelOpenOk>(1);
        await client.ReadAsync<ConfirmSelectOk>(1);
        Assert.Equal(1ul, (await client.ReadAsync<BasicAck>(1)).DeliveryTag);
        await client.ReadAsync<ConnectionCloseOk>(0);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_secret_can_be_renewed()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync();
        await client.SendAsync(0, new ConnectionUpdateSecret("guest"u8.ToArray(), ShortString.FromString("renewal")));
        await client.ReadAsync<ConnectionUpdateSecretOk>(0);
        await client.SendAsync(0, new ConnectionUpdateSecret("wrong"u8.ToArray(), ShortString.FromString("renewal")));
        await client.ExpectCloseAsync(ReplyCode.NotAllowed, "New secret was refused by one of the backends");
    }

    [Fact]
    public async Task The_log_says_who_opened_a_connection_and_how_it_ended()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync();
        client.EndSending();
        await client.Ended;
        Assert.Contains(server.Log.Lines, line => line.Contains("opened: 127.0.0.1:50000 -> 127.0.0.1:5672, user 'guest', vhost '/'", StringComparison.Ordinal));
        Assert.Contains(server.Log.Lines, line => line.Contains("ended", StringComparison.Ordinal) && line.Contains("client unexpectedly closed TCP connection", StringComparison.Ordinal));
    }

    private static string Text(FieldTable table, string name)
    {
        Assert.True(table.TryGetValue(name, out FieldValue value));
        return value.AsString();
    }
}
