using System.Net;
using System.Net.Sockets;
using AmqpBroker.Hosting;
using AmqpBroker.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AmqpBroker.Management.Tests;

/// <summary>The management side in the broker's start.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-management-").FullName;

    [Fact]
    public async Task Without_an_address_there_is_none()
    {
        using IHost host = Build(new ManagementOptions());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Null(host.Services.GetService<ManagementServer>());
        Assert.Empty(host.Services.GetRequiredService<BrokerService>().ManagementEndpoints);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_busy_port_is_said_before_the_data_directory_is_touched()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var busy = (IPEndPoint)taken.LocalEndPoint!;
        using IHost host = Build(new ManagementOptions { Listen = [busy] });
        BrokerStartException e = await Assert.ThrowsAsync<BrokerStartException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("cannot listen for management:", e.Message, StringComparison.Ordinal);
        Assert.Contains(busy.ToString(), e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.False(Directory.Exists(Path.Combine(_directory, "data")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IHost Build(ManagementOptions management)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAmqpBroker(new AmqpBrokerOptions
        {
            DataDirectory = Path.Combine(_directory, "data"),
            Server = new ServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] },
            Management = management,
        });
        return builder.Build();
    }
}
