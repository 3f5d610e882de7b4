using System.Diagnostics;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>For what a process shows but does not announce.</summary>
internal static class Eventually
{
    /// <summary>Waits until a condition holds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> otherwise)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Client.Wait, otherwise());
            // waits because nothing announces it
            await Task.Delay(20);
        }
    }
}
