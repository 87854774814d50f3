// The pickers are ordinary inputs, so a button of a table chooses by writing into one of them and sending its events,
// which works wherever the widgets do.
const r=this.closest('.lincs-explorer'),v=this.value,k=this.dataset.pick,
i=r&&r.querySelector('.lincs-pick-'+k+' input');
if(i){
  i.value=v;
  i.dispatchEvent(new Event('input',{bubbles:true}));
  i.dispatchEvent(new Event('change',{bubbles:true}));
  // The box of the button is then drawn anew, and the focus would be lost with it: whoever uses the keyboard finds it
  // on the same button again.
  clearInterval(r.lincs);
  const s=Date.now(),w=r.lincs=setInterval(()=>{
    if(document.activeElement===document.body){
      const b=[...r.querySelectorAll('.lincs-go')].find(
        e=>e.value===v&&e.dataset.pick===k&&e.offsetParent);
      if(b)b.focus({preventScroll:true})
    }
    if(Date.now()-s>2000)clearInterval(w)
  },50)
}
