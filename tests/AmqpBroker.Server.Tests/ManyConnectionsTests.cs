using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>Many connections that want the lane at the same time: nothing is lost, doubled or mixed up.</summary>
public sealed class ManyConnectionsTests
{
    private const int Connections = 8;
    private const int Messages = 3000;

    [Fact]
    public async Task What_many_publish_at_once_is_all_there_in_the_order_of_each()
    {
        using var server = new TestServer();
        TestClient reader = await server.OpenChannelAsync();
        await reader.DeclareAsync(1, "q");
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(id => Task.Run(() => PublishAsync(server, id))));

        int[] next = new int[Connections];
        await reader.SendAsync(1, new BasicConsume(ShortString.FromString("q"), ShortString.Empty, false, true, false, false, FieldTable.Empty));
        await reader.ReadAsync<BasicConsumeOk>(1);
        for (int i = 0; i < Connections * Messages; i++)
        {
            (_, byte[] body) = await reader.ReadContentAsync<BasicDeliver>(1);
            int id = BitConverter.ToInt32(body);
            Assert.Equal(next[id]++, BitConverter.ToInt32(body, 4));
            Assert.False(body.AsSpan(8).ContainsAnyExcept((byte)id));
        }

        Assert.All(next, count => Assert.Equal(Messages, count));
    }

    /// <summary>Publishes in bursts of all sizes and waits for the last confirm.</summary>
    private static async Task PublishAsync(TestServer server, int id)
    {
        TestClient client = await server.OpenChannelAsync();
        await client.SendAsync(1, default(ConfirmSelect));
        await client.ReadAsync<ConfirmSelectOk>(1);
        var random = new Random(id);
        for (int sent = 0; sent < Messages;)
        {
            int burst = Math.Min(Messages - sent, 1 + random.Next(60));
            var bytes = new List<byte>();
            for (int i = 0; i < burst; i++, sent++)
            {
                byte[] filling = new byte[random.Next(300)];
                Array.Fill(filling, (byte)id);
                bytes.AddRange(TestClient.PublishBytes(1, "", "q", [.. BitConverter.GetBytes(id), .. BitConverter.GetBytes(sent), .. filling]));
            }

            await client.SendRawAsync([.. bytes]);
        }

        while ((await client.ReadAsync<BasicAck>(1)).DeliveryTag < Messages)
        {
        }
    }
}
