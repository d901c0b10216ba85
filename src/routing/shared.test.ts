// Two releases of two services whose routes stand in one VirtualService, as at many an entrance.
import { describe, expect, it } from 'vitest';
import { accepted, CHECKOUT, http, must, routes, rule } from '../../test/support/routes.ts';
import { NONE, parseShare } from '../lib/share.ts';
import { accept } from './accept.ts';
import { renderPromoted } from './promote.ts';
import { render } from './render.ts';
import { strip } from './strip.ts';
import type { RouteIdentity, RouteObjects, RoutePair, RouteTarget } from './target.ts';

const CART: RoutePair = { ...CHECKOUT, service: 'cart' };
const CART_RULE = rule({ host: 'cart' });
const shop = routes(`
- name: cart
  match: [{ uri: { prefix: /cart } }]
  route: [{ destination: { host: cart, subset: v1 } }]
- name: pay
  route: [{ destination: { host: checkout, subset: v1 } }]
`);
const clones: RouteTarget = {
  canary: NONE,
  mirror: { share: parseShare('10%')!, methods: ['GET'] },
  preview: [{ headers: { 'x-preview': { exact: 'yes' } } }],
  pool: false,
};
const live: RouteTarget = { canary: parseShare('10%')!, preview: clones.preview!, pool: false };

/** Each release has a DestinationRule of its own beside the VirtualService. */
const forCart = ({ virtualServices }: RouteObjects): RouteObjects => ({ virtualServices, destinationRule: CART_RULE });
const names = (objects: RouteObjects) => http(objects).map(({ name }) => name);

describe('two releases that share a VirtualService', () => {
  it("leave each other's clones where they are, at every turn", () => {
    const [pay, cart] = [accepted(shop), accepted(forCart(shop), CART)];
    for (const target of [clones, live]) {
      const first = must(render(shop, pay, target));
      const both = must(render(forCart(first), cart, clones));
      expect(names(both)).toContain('serin-preview-pay');
      expect(names(both)).toContain('serin-preview-cart');
      const again = must(render({ ...both, destinationRule: first.destinationRule }, pay, target));
      expect(http(again)).toEqual(http(both));
      expect(http(strip(forCart(again), cart))).toEqual(http(first));
      expect(http(must(renderPromoted(again, pay))).at(-1)?.route).toEqual([
        { destination: { host: 'checkout', subset: 'v2' } },
      ]);
    }
  });

  it('can begin while the other one has clones there', () => {
    const first = must(render(shop, accepted(shop), clones));
    const cart: RouteIdentity = must(accept(forCart(first), CART));
    const both = must(render(forCart(first), cart, clones));
    expect(http(strip(strip(both, cart), accepted(shop)))).toEqual(http(shop));
  });
});
