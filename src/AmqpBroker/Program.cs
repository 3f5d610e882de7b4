Console.WriteLine("AmqpBroker");
