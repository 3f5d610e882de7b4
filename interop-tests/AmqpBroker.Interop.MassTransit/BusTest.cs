using AmqpBroker.Interop.Shared;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace AmqpBroker.Interop.MassTransit;

/// <summary>A scenario on a bus of its own, whose queues carry a name of its own and whose log is the test's output.</summary>
public abstract class BusTest(BrokerUnderTest broker) : IAsyncDisposable
{
    /// <summary>The limit of one test in milliseconds; a scenario takes a second or two when nothing is wrong.</summary>
    public const int TimeoutMs = 60_000;

    /// <summary>The limit of one wait.</summary>
    protected static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    private readonly string _suffix = Guid.NewGuid().ToString("N");
    private ServiceProvider? _services;

    protected BrokerUnderTest Broker => broker;

    protected ITestHarness Harness => _services!.GetRequiredService<ITestHarness>();

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A queue name no other test uses.</summary>
    protected string Unique(string name) => $"{name}-{_suffix}";

    /// <summary>Starts a bus with these consumers, each on an endpoint of its own.</summary>
    protected async Task StartBusAsync(
        Action<IBusRegistrationConfigurator> consumers, Action<IRabbitMqBusFactoryConfigurator>? bus = null)
    {
        _services = new ServiceCollection()
            .AddMassTransitTestHarness(new TestOutputWriter(), configurator =>
            {
                configurator.SetTestTimeouts(testTimeout: Wait, testInactivityTimeout: Wait);
                configurator.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(_suffix, includeNamespace: false));
                consumers(configurator);
                configurator.UsingRabbitMq((context, factory) =>
                {
                    factory.Host(broker.Host, (ushort)broker.Port, broker.VirtualHost, host =>
                    {
                        host.Username(broker.User);
                        host.Password(broker.Password);
                    });
                    bus?.Invoke(factory);
                    factory.ConfigureEndpoints(context);
                });
            })
            .BuildServiceProvider(validateScopes: true);
        await Harness.Start().WaitAsync(Wait);
    }

    /// <summary>The queue of a consumer's endpoint.</summary>
    protected string QueueOf<TConsumer>()
        where TConsumer : class, IConsumer => Harness.EndpointNameFormatter.Consumer<TConsumer>();
}
