using System.Net;
using System.Net.Sockets;
using AmqpBroker.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AmqpBroker.Hosting.Tests;

/// <summary>The broker in a host of somebody's: it starts, stops, and says what is in its way without touching anything.</summary>
public sealed class BrokerServiceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-hosting-").FullName;

    [Fact]
    public async Task It_serves_from_start_to_stop_and_again()
    {
        for (int i = 0; i < 2; i++)
        {
            using IHost host = Build("data");
            await host.StartAsync(TestContext.Current.CancellationToken);
            IPEndPoint endpoint = Assert.Single(host.Services.GetRequiredService<BrokerService>().Endpoints);
            using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            {
                await socket.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
                await socket.SendAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), TestContext.Current.CancellationToken);
                Assert.True(await socket.ReceiveAsync(new byte[100], TestContext.Current.CancellationToken) > 0);
            }

            await host.StopAsync(TestContext.Current.CancellationToken);
            using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(endpoint, TestContext.Current.CancellationToken).AsTask());
        }
    }

    [Fact]
    public async Task A_busy_port_is_said_before_the_data_directory_is_touched()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var busy = (IPEndPoint)taken.LocalEndPoint!;
        using IHost host = Build("untouched", busy);
        BrokerStartException e = await Assert.ThrowsAsync<BrokerStartException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith($"cannot listen on {busy}", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_directory, "untouched")));
    }

    [Fact]
    public async Task A_second_broker_on_one_directory_is_refused_and_the_first_goes_on()
    {
        using IHost first = Build("shared");
        await first.StartAsync(TestContext.Current.CancellationToken);
        using IHost second = Build("shared");
        BrokerStartException e = await Assert.ThrowsAsync<BrokerStartException>(() => second.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("in use by another broker", e.Message, StringComparison.Ordinal);
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(first.Services.GetRequiredService<BrokerService>().Endpoints[0], TestContext.Current.CancellationToken);
        }

        await first.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_is_said_in_one_line()
    {
        string file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        using IHost host = Build(Path.Combine("file", "data"));
        BrokerStartException e = await Assert.ThrowsAsync<BrokerStartException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("cannot use the data directory", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IHost Build(string data, IPEndPoint? listen = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAmqpBroker(new AmqpBrokerOptions
        {
            DataDirectory = Path.Combine(_directory, data),
            Server = new ServerOptions { Listen = [listen ?? new IPEndPoint(IPAddress.Loopback, 0)] },
        });
        return builder.Build();
    }
}
